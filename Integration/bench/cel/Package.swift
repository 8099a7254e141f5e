// swift-tools-version: 6.2
// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// The benchmark of the CEL module, outside the product: it compiles the module's sources itself.
let package = Package(
    name: "celbench",
    targets: [
        .target(name: "CEL", path: "CEL"),
        .target(name: "CAllocations"),
        .executableTarget(name: "celbench", dependencies: ["CAllocations", "CEL"]),
    ]
)
