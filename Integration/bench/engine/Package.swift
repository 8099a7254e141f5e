// swift-tools-version: 6.2
// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// The benchmark of the core engine, outside the product: it compiles the modules' sources itself.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: name, swiftSettings: settings)
}

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "enginebench",
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams.git", exact: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CJpegLibrary", path: "CJpegLibrary", pkgConfig: "libjpeg"),
        .target(name: "CJpeg", dependencies: ["CJpegLibrary"], path: "CJpeg"),
        .systemLibrary(name: "CPngLibrary", path: "CPngLibrary", pkgConfig: "libpng"),
        .target(name: "CPng", dependencies: ["CPngLibrary"], path: "CPng"),
        .target(name: "COnnxRuntime", path: "COnnxRuntime"),
        .target(name: "CProcess", path: "CProcess"),
        module("Media", ["CJpeg", "CPng"]),
        module("Vocabulary"),
        module("Detect", ["Vocabulary"]),
        module("Settings", ["Vocabulary", yams]),
        module(
            "Infer",
            [
                "COnnxRuntime", "CProcess", "Detect", "Media", "Settings", "Vocabulary", crypto,
                logging,
            ]
        ),
        .executableTarget(
            name: "enginebench",
            dependencies: ["Detect", "Infer", "Vocabulary", logging],
            swiftSettings: settings
        ),
    ]
)
