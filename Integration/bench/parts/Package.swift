// swift-tools-version: 6.2
// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// The benchmarks of the gateway's parts, outside the product: they compile the modules' sources themselves, with
// the product's own settings.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .unsafeFlags(["-enforce-exclusivity=unchecked", "-cross-module-optimization"]),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: name, swiftSettings: settings)
}

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "partsbench",
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", exact: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift.git", exact: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift.git", exact: "0.2.0"),
        .package(url: "https://github.com/jpsim/Yams.git", exact: "6.2.2"),
        // Its own counts of allocations want libraries that are preloaded; ours need none.
        .package(url: "https://github.com/ordo-one/benchmark.git", exact: "1.38.1", traits: []),
    ],
    targets: [
        .systemLibrary(name: "CJpegLibrary", path: "CJpegLibrary", pkgConfig: "libjpeg"),
        .target(name: "CJpeg", dependencies: ["CJpegLibrary"], path: "CJpeg"),
        .systemLibrary(name: "CPngLibrary", path: "CPngLibrary", pkgConfig: "libpng"),
        .target(name: "CPng", dependencies: ["CPngLibrary"], path: "CPng"),
        .systemLibrary(name: "CZstd", path: "CZstd", pkgConfig: "libzstd"),
        .target(name: "COnnxRuntime", path: "COnnxRuntime"),
        .target(name: "CProcess", path: "CProcess"),
        module("Vocabulary"),
        module("CEL"),
        module("Media", ["CJpeg", "CPng"]),
        module("Zstd", ["CZstd"]),
        module("Settings", ["Vocabulary", yams]),
        module("Telemetry", ["Vocabulary", histogram, logging, metrics]),
        module("Decode", ["Vocabulary"]),
        module("Detect", ["Vocabulary"]),
        module(
            "Infer",
            [
                "COnnxRuntime", "CProcess", "Detect", "Media", "Settings", "Vocabulary", crypto,
                logging,
            ]
        ),
        module("Decide", ["CEL", "Settings", "Vocabulary", crypto]),
        module("Spool", ["Telemetry", "Vocabulary", "Zstd", crypto, grdb, logging, sqlite]),
        // The page of metrics, without the server around it.
        module("Page", ["Telemetry"]),
        .target(name: "CAllocations"),
        .target(name: "CStorage", dependencies: [sqlite]),
        .target(
            name: "Parts",
            dependencies: [
                "CEL", "CStorage", "Decide", "Decode", "Detect", "Infer", "Page", "Spool",
                "Telemetry", "Vocabulary", logging, metrics,
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "partscount",
            dependencies: ["CStorage", "Parts"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "PartsBenchmarks",
            dependencies: [
                "CAllocations", "Parts", .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/PartsBenchmarks",
            swiftSettings: settings,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        ),
    ]
)
