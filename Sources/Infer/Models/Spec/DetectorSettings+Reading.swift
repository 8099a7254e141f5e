// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Detect
import Settings
import Vocabulary

extension DetectorSettings {
    /// Reads the settings of the detector `name`; whatever is unfit is reported.
    init(_ name: Name, _ node: SettingsNode) {
        switch name {
        case .ensemble: self = .ensemble
        case .robustZ: self = .robustZ(node.robustZ)
        case .cusum: self = .cusum(node.cusum)
        case .rollingQuantile: self = .rollingQuantile(node.rollingQuantile)
        case .holtWinters: self = .holtWinters(node.holtWinters)
        case .pageHinkley: self = .pageHinkley(node.pageHinkley)
        case .stuck: self = .stuck(node.stuck)
        case .halfSpaceTrees: self = .halfSpaceTrees(node.halfSpaceTrees)
        }
    }
}

extension SettingsNode {
    fileprivate var robustZ: RobustZ.Settings {
        var settings = RobustZ.Settings()
        settings.halfLife = halfLife(settings.halfLife)
        settings.warmUp = warmUp(settings.warmUp)
        settings.clip = value("clip", .number(in: 1...100), default: settings.clip)
        settings.leastScale = leastScale
        return settings
    }

    fileprivate var cusum: Cusum.Settings {
        var settings = Cusum.Settings()
        settings.shift = shift
        settings.slack = value("slack", .number(in: 0...10), default: settings.slack)
        return settings
    }

    fileprivate var rollingQuantile: RollingQuantile.Settings {
        var settings = RollingQuantile.Settings()
        settings.window = integer("window", in: 16...4096, default: settings.window)
        settings.quantile = value(
            "quantile",
            .number(in: 0.51...0.999),
            default: settings.quantile
        )
        settings.leastScale = leastScale
        return settings
    }

    fileprivate var holtWinters: HoltWinters.Settings {
        var settings = HoltWinters.Settings()
        settings.alpha = value("alpha", .number(in: 0.000_1...1), default: settings.alpha)
        settings.beta = value("beta", .number(in: 0...1), default: settings.beta)
        settings.gamma = value("gamma", .number(in: 0...1), default: settings.gamma)
        settings.warmUp = warmUp(settings.warmUp)
        settings.leastScale = leastScale
        let period = optionalDuration("period", in: .milliseconds(1)...Interval.seconds(31_622_400))
        if let period { settings.period = period.seconds }
        return settings
    }

    fileprivate var pageHinkley: PageHinkley.Settings {
        var settings = PageHinkley.Settings()
        settings.shift = shift
        settings.delta = value("delta", .number(in: 0...10), default: settings.delta)
        settings.limit = value("limit", .number(in: 1...100_000), default: settings.limit)
        return settings
    }

    fileprivate var stuck: StuckValue.Settings {
        var settings = StuckValue.Settings()
        settings.tolerance = value("tolerance", .number(in: 0...1e300), default: 0)
        return settings
    }

    fileprivate var halfSpaceTrees: HalfSpaceTrees.Settings {
        var settings = HalfSpaceTrees.Settings()
        settings.trees = integer("trees", in: 1...64, default: settings.trees)
        settings.depth = integer("depth", in: 2...10, default: settings.depth)
        settings.halfLife = halfLife(settings.halfLife)
        settings.leastScale = leastScale
        return settings
    }

    private var shift: ShiftSettings {
        var settings = ShiftSettings()
        settings.halfLife = halfLife(settings.halfLife)
        settings.warmUp = warmUp(settings.warmUp)
        settings.clip = value("clip", .number(in: 1...100), default: settings.clip)
        settings.leastScale = leastScale
        return settings
    }

    private func halfLife(_ usual: Double) -> Double {
        value("half_life", .number(in: 1...1e9), default: usual)
    }

    private func warmUp(_ usual: Int) -> Int {
        integer("warm_up", in: 2...1_000_000, default: usual)
    }

    private var leastScale: Double {
        value("least_scale", .number(in: 0...1e300), default: 0)
    }
}
