// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Detect
import Settings

extension SchemaDocument {
    /// What every `model.yaml` of a kind begins with.
    static func key(of kind: ModelSpec.Kind) -> SchemaKey {
        SchemaKey(
            "kind",
            .tag(kind.rawValue, of: ModelSpec.Kind.allCases.map(\.rawValue)),
            "What it is.",
            isRequired: true
        )
    }

    /// The keys of `kind: ensemble`.
    static var ensembleKeys: [SchemaKey] {
        [
            key(of: .ensemble),
            SchemaKey("feature", .text(), "The number it watches."),
            SchemaKey(
                "features",
                .list(.text()),
                "The numbers it watches; every number of the policy's readings."
            ),
        ] + everyDetectorsKeys(.ensemble) + [labelKey] + windowKeys
    }

    /// The keys of `kind: detector`.
    static var detectorKeys: [SchemaKey] {
        [
            key(of: .detector),
            SchemaKey(
                "detector",
                .either(DetectorSettings.Name.allCases.map { .object(keys(of: $0)) }),
                "How it works.",
                isRequired: true
            ),
            labelKey,
        ] + windowKeys
    }

    /// The keys of the detector `name`.
    static func keys(of name: DetectorSettings.Name) -> [SchemaKey] {
        [
            SchemaKey(
                "type",
                .tag(name.rawValue, of: DetectorSettings.Name.allCases.map(\.rawValue)),
                "Which one.",
                isRequired: true
            ),
            SchemaKey("feature", .text(), "The number it watches."),
            SchemaKey("features", .list(.text()), "The numbers it watches."),
        ] + ownKeys(of: name) + everyDetectorsKeys(name)
    }

    private static func everyDetectorsKeys(_ name: DetectorSettings.Name) -> [SchemaKey] {
        [
            SchemaKey(
                "threshold",
                .number(0...1),
                "From where on.",
                default: "\(DetectorSettings.usualThreshold(of: name))"
            ),
            SchemaKey(
                "max_devices",
                .integer(1...10_000_000),
                "How many are remembered.",
                default: "10000"
            ),
            SchemaKey(
                "max_memory",
                .within("64KiB", "1024GiB", .size),
                "What they may take.",
                default: "256MiB"
            ),
        ]
    }

    private static var labelKey: SchemaKey {
        SchemaKey("labels", .list(.text()), "The usual and the unusual.")
    }

    private static func ownKeys(of name: DetectorSettings.Name) -> [SchemaKey] {
        let leastScale = SchemaKey("least_scale", .number(0...1e300), "A floor.", default: "0")
        let warmUp = SchemaKey("warm_up", .integer(2...1_000_000), "In readings.")
        func halfLife(_ usual: String) -> SchemaKey {
            SchemaKey("half_life", .number(1...1e9), "In readings.", default: usual)
        }
        let reach = SchemaKey("clip", .number(1...100), "How much one counts.", default: "4")
        switch name {
        case .ensemble: return []
        case .robustZ:
            let clip = SchemaKey("clip", .number(1...100), "How far one pulls.", default: "3")
            return [halfLife("200"), warmUp, clip, leastScale]
        case .cusum:
            return [
                halfLife("1000"), warmUp, reach, leastScale,
                SchemaKey("slack", .number(0...10), "What is no shift.", default: "0.5"),
            ]
        case .rollingQuantile:
            return [
                SchemaKey("window", .integer(16...4096), "In readings.", default: "256"),
                SchemaKey("quantile", .number(0.51...0.999), "The outer one.", default: "0.9"),
                leastScale,
            ]
        case .holtWinters:
            return [
                SchemaKey("alpha", .number(0.000_1...1), "Pace of the level.", default: "0.1"),
                SchemaKey("beta", .number(0...1), "Pace of the trend.", default: "0.02"),
                SchemaKey("gamma", .number(0...1), "Pace of the season.", default: "0.1"),
                SchemaKey("period", .duration, "The season; found by itself."),
                warmUp, leastScale,
            ]
        case .pageHinkley:
            return [
                halfLife("1000"), warmUp, reach, leastScale,
                SchemaKey("delta", .number(0...10), "What is no drift.", default: "0.2"),
                SchemaKey("limit", .number(1...100_000), "When to begin anew.", default: "50"),
            ]
        case .stuck:
            return [SchemaKey("tolerance", .number(0...1e300), "Still the same.", default: "0")]
        case .halfSpaceTrees:
            return [
                SchemaKey("trees", .integer(1...64), "How many.", default: "16"),
                SchemaKey("depth", .integer(2...10), "How often one halves.", default: "7"),
                halfLife("1000"), leastScale,
            ]
        }
    }
}
