// swift-tools-version: 6.2
// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
    // What is held to exclusive access is checked in debug builds, which all tests run; in the
    // product the checks would cost as much as a condition. Calls into small functions of other
    // modules are compiled in.
    .unsafeFlags(
        ["-enforce-exclusivity=unchecked", "-cross-module-optimization"],
        .when(configuration: .release)
    ),
]

/// One module of the product, under `Sources/<name>`.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

/// The tests of one module, under `Tests/<name>Tests`.
func tests(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    exclude: [String] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.byName(name: name)] + dependencies,
        exclude: exclude,
        swiftSettings: swiftSettings
    )
}

let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let arguments = Target.Dependency.product(
    name: "ArgumentParser",
    package: "swift-argument-parser"
)
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let lifecycle = Target.Dependency.product(
    name: "ServiceLifecycle",
    package: "swift-service-lifecycle"
)
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioTLS = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let signals = Target.Dependency.product(
    name: "UnixSignals",
    package: "swift-service-lifecycle"
)
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "sluice",
    products: [.executable(name: "sluice", targets: ["sluice"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1.git", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", exact: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift.git", exact: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift.git", exact: "0.2.0"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird.git",
            exact: "2.28.1",
            traits: []
        ),
        .package(url: "https://github.com/hummingbird-project/swift-mustache.git", exact: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams.git", exact: "6.2.2"),
        .package(
            url: "https://github.com/swift-server/swift-service-lifecycle.git",
            exact: "2.13.0"
        ),
    ],
    targets: [
        // The edge to C: headers and shims only, each with exactly one Swift user.
        .systemLibrary(
            name: "CMosquitto",
            pkgConfig: "libmosquitto",
            providers: [.apt(["libmosquitto-dev"])]
        ),
        .systemLibrary(
            name: "CCurlLibrary",
            pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]
        ),
        .target(name: "CCurl", dependencies: ["CCurlLibrary"]),
        .systemLibrary(
            name: "CJpegLibrary",
            pkgConfig: "libjpeg",
            providers: [.apt(["libjpeg62-turbo-dev"])]
        ),
        .target(name: "CJpeg", dependencies: ["CJpegLibrary"]),
        .systemLibrary(
            name: "CPngLibrary",
            pkgConfig: "libpng",
            providers: [.apt(["libpng-dev"])]
        ),
        .target(name: "CPng", dependencies: ["CPngLibrary"]),
        .systemLibrary(
            name: "CZlibLibrary",
            pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"])]
        ),
        .target(name: "CZlib", dependencies: ["CZlibLibrary"]),
        .systemLibrary(
            name: "CZstd",
            pkgConfig: "libzstd",
            providers: [.apt(["libzstd-dev"])]
        ),
        .systemLibrary(name: "CMachine"),
        .target(name: "COnnxRuntime"),
        .target(name: "CProcess"),
        .target(name: "CReadAhead"),

        // The nouns and the parts that know nothing of routing.
        module("Vocabulary"),
        module("Settings", ["Vocabulary", yams]),
        module("Telemetry", ["Vocabulary", histogram, logging, metrics]),
        module("Media", ["CJpeg", "CPng"]),
        module("MQTT", ["CMosquitto", "CReadAhead"]),
        module("Systemd"),
        module("HTTP", ["CCurl"]),
        module("Zstd", ["CZstd"]),
        module("CEL"),
        module("Trace", ["Vocabulary"]),
        module("Tune", ["Vocabulary"]),

        // The stages, in the order of the path.
        module("Ingest", ["MQTT", "Telemetry", "Vocabulary", logging]),
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
        module("Act", ["HTTP", "MQTT", "Telemetry", "Vocabulary", logging, mustache]),
        module(
            "Escalate",
            [
                "HTTP", "MQTT", "Media", "Telemetry", "Vocabulary", crypto, cryptoExtras, logging,
                mustache,
            ]
        ),
        module("Spool", ["Telemetry", "Vocabulary", "Zstd", crypto, grdb, logging, sqlite]),
        module(
            "Sync",
            [
                "Act", "CZlib", "Escalate", "HTTP", "MQTT", "Spool", "Telemetry", "Vocabulary",
                crypto, logging,
            ]
        ),

        // Wiring, servers and the command.
        module(
            "Gateway",
            [
                "Act", "CEL", "Decide", "Decode", "Escalate", "HTTP", "Infer", "Ingest", "MQTT",
                "Settings", "Spool", "Sync", "Systemd", "Telemetry", "Trace", "Tune", "Vocabulary",
                crypto, lifecycle, logging, metrics,
            ]
        ),
        module("Survey", ["Decode"]),
        module("Replay", ["Decide", "Gateway", "Trace", "Vocabulary"]),
        module("Hosting", [hummingbirdCore, hummingbirdTLS, nio, nioTLS]),
        module(
            "Serve",
            [
                "Hosting", "Infer", "Telemetry", "Vocabulary", crypto, grdb, hummingbird,
                hummingbirdCore, lifecycle, logging,
            ]
        ),
        module(
            "Doctor",
            [
                "CMachine", "Escalate", "Gateway", "Infer", "MQTT", "Settings", "Spool",
                "Telemetry", "Vocabulary", asn1, logging,
            ]
        ),
        .target(
            name: "Admin",
            dependencies: [
                "Gateway", "HTTP", "Hosting", "Settings", "Spool", "Telemetry", "Trace",
                "Vocabulary", hummingbird, hummingbirdCore, lifecycle, logging, nio, nioHTTP,
                nioPosix,
            ],
            // The dashboard's files are part of the program: one file to install.
            resources: [.embedInCode("Dashboard")],
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "sluice",
            dependencies: [
                "Admin", "CEL", "Decide", "Decode", "Detect", "Doctor", "Gateway", "HTTP",
                "Hosting",
                "Infer", "MQTT", "Replay", "Serve", "Settings", "Spool", "Survey", "Systemd",
                "Telemetry", "Trace", "Tune", "Vocabulary",
                arguments, crypto, lifecycle, logging, metrics, signals,
            ],
            swiftSettings: swiftSettings
        ),

        // Tests, and what only tests link.
        module("TestKit", ["Spool", "Vocabulary", logging]),
        tests("Act", ["HTTP", "MQTT", "Vocabulary", logging]),
        tests(
            "Admin",
            [
                "Gateway", "HTTP", "Settings", "Spool", "Telemetry", "TestKit", "Vocabulary",
                logging, metrics, nio, nioPosix,
            ]
        ),
        tests("CEL"),
        tests("Decide", ["Settings", "Vocabulary"]),
        tests("Decode", ["Vocabulary"]),
        tests("Detect", ["Vocabulary"]),
        tests("Doctor", ["Escalate", "MQTT", "TestKit", "Vocabulary"]),
        tests(
            "Escalate",
            ["HTTP", "MQTT", "Media", "TestKit", "Vocabulary", crypto, cryptoExtras, logging],
            exclude: ["Fixtures"]
        ),
        tests(
            "Gateway",
            [
                "Act", "Decide", "Decode", "Escalate", "HTTP", "Infer", "Ingest", "MQTT",
                "Settings", "Spool", "Sync", "Systemd", "Telemetry", "TestKit", "Trace",
                "Vocabulary", crypto, logging, metrics,
            ],
            exclude: ["Golden"]
        ),
        tests("Hosting"),
        tests("HTTP", ["TestKit"]),
        tests(
            "Infer",
            ["Detect", "Media", "Settings", "Vocabulary", crypto, logging],
            exclude: ["Models"]
        ),
        tests("Ingest", ["MQTT", "TestKit", "Vocabulary", logging]),
        tests("Media", exclude: ["Fixtures"]),
        tests("MQTT", ["CReadAhead", "TestKit", "Vocabulary"]),
        tests("Replay", ["Decide", "Gateway", "Trace", "Vocabulary", logging]),
        tests("Serve", ["Infer", "Telemetry", "Vocabulary", crypto, lifecycle, logging]),
        tests("Settings", ["Vocabulary"]),
        tests("Spool", ["TestKit", "Vocabulary", grdb, logging], exclude: ["Fixtures"]),
        tests("Survey"),
        tests(
            "Sync",
            ["Act", "Escalate", "HTTP", "MQTT", "Spool", "TestKit", "Vocabulary", crypto, logging]
        ),
        tests("Systemd"),
        tests("Telemetry", ["Vocabulary", logging, metrics]),
        tests("Trace", ["Vocabulary"]),
        tests("Tune", ["Vocabulary"]),
        tests("Vocabulary"),
        tests("Zstd"),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "sluice", "CEL", "Gateway", "HTTP", "Spool", "Trace", "Tune", "Vocabulary",
                arguments,
                logging,
            ],
            exclude: ["Snapshots"],
            swiftSettings: swiftSettings
        ),
    ]
)
