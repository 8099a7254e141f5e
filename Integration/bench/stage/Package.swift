// swift-tools-version: 6.2
// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// The benchmark of the stage that asks clouds, outside the product: it compiles the modules' sources itself,
// with the product's own settings.
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
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")

let package = Package(
    name: "stagebench",
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", exact: "2.13.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift.git", exact: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache.git", exact: "2.1.1"),
    ],
    targets: [
        .systemLibrary(name: "CMosquitto", path: "CMosquitto", pkgConfig: "libmosquitto"),
        .systemLibrary(name: "CCurlLibrary", path: "CCurlLibrary", pkgConfig: "libcurl"),
        .target(name: "CReadAhead", path: "CReadAhead"),
        .target(name: "CCurl", dependencies: ["CCurlLibrary"], path: "CCurl"),
        .systemLibrary(name: "CJpegLibrary", path: "CJpegLibrary", pkgConfig: "libjpeg"),
        .target(name: "CJpeg", dependencies: ["CJpegLibrary"], path: "CJpeg"),
        .systemLibrary(name: "CPngLibrary", path: "CPngLibrary", pkgConfig: "libpng"),
        .target(name: "CPng", dependencies: ["CPngLibrary"], path: "CPng"),
        module("Vocabulary"),
        module("Telemetry", ["Vocabulary", histogram, logging, metrics]),
        module("Media", ["CJpeg", "CPng"]),
        module("MQTT", ["CMosquitto", "CReadAhead"]),
        module("HTTP", ["CCurl"]),
        module(
            "Escalate",
            [
                "HTTP", "MQTT", "Media", "Telemetry", "Vocabulary", crypto, cryptoExtras, logging,
                mustache,
            ]
        ),
        .executableTarget(
            name: "stagebench",
            dependencies: ["Escalate", "HTTP", "Vocabulary", logging],
            swiftSettings: settings
        ),
    ]
)
