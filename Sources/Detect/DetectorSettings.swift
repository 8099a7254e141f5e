// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Which detector, and what it is set to.
public enum DetectorSettings: Equatable, Sendable {
    /// The one that needs no parameters.
    case ensemble
    /// The distance from where the stream has lain.
    case robustZ(RobustZ.Settings)
    /// A small shift that lasts.
    case cusum(Cusum.Settings)
    /// The distance from the range of the last few hundred.
    case rollingQuantile(RollingQuantile.Settings)
    /// The distance from what level, trend and season foretell.
    case holtWinters(HoltWinters.Settings)
    /// A mean that drifts away.
    case pageHinkley(PageHinkley.Settings)
    /// A value that is stuck, and readings that are missing.
    case stuck(StuckValue.Settings)
    /// Several fields that lie together where few have lain.
    case halfSpaceTrees(HalfSpaceTrees.Settings)

    /// The names of the detectors in files and commands.
    public enum Name: String, CaseIterable, Sendable {
        /// The one that needs no parameters.
        case ensemble
        /// The distance from where the stream has lain.
        case robustZ = "robust-z"
        /// A small shift that lasts.
        case cusum
        /// The distance from the range of the last few hundred.
        case rollingQuantile = "rolling-quantile"
        /// The distance from what level, trend and season foretell.
        case holtWinters = "holt-winters"
        /// A mean that drifts away.
        case pageHinkley = "page-hinkley"
        /// A value that is stuck, and readings that are missing.
        case stuck
        /// Several fields that lie together where few have lain.
        case halfSpaceTrees = "half-space-trees"
    }

    /// The score from which a reading should be told, where nobody says another.
    ///
    /// The ensemble's score already counts an episode once and how often readings come in: its own
    /// alarms begin there. The others' is one reading in ten thousand of usual times.
    public static func usualThreshold(of name: Name) -> Double {
        name == .ensemble ? AlarmEpisode.threshold : 0.999_9
    }

    /// The default settings of a detector.
    public init(_ name: Name) {
        self =
            switch name {
            case .ensemble: .ensemble
            case .robustZ: .robustZ(.init())
            case .cusum: .cusum(.init())
            case .rollingQuantile: .rollingQuantile(.init())
            case .holtWinters: .holtWinters(.init())
            case .pageHinkley: .pageHinkley(.init())
            case .stuck: .stuck(.init())
            case .halfSpaceTrees: .halfSpaceTrees(.init())
            }
    }

    /// The detector's name.
    public var name: Name {
        switch self {
        case .ensemble: .ensemble
        case .robustZ: .robustZ
        case .cusum: .cusum
        case .rollingQuantile: .rollingQuantile
        case .holtWinters: .holtWinters
        case .pageHinkley: .pageHinkley
        case .stuck: .stuck
        case .halfSpaceTrees: .halfSpaceTrees
        }
    }
}

/// What is done with a detector of a type that is chosen at run time.
public protocol DetectorVisitor<Result> {
    /// What comes of it.
    associatedtype Result

    /// Is given the type and the plan.
    func visit<Detector: StreamingDetector>(
        _ type: Detector.Type,
        _ plan: Detector.Plan
    ) -> Result
}

extension DetectorSettings {
    /// Gives `visitor` the detector for readings of `fields` fields.
    public func accept<Visitor: DetectorVisitor>(
        _ visitor: Visitor,
        fields: Int
    ) -> Visitor.Result {
        func each<Detector: FieldDetector>(
            _ type: Detector.Type,
            _ plan: Detector.Plan
        ) -> Visitor.Result {
            visitor.visit(PerField<Detector>.self, .init(plan, fields: fields))
        }
        switch self {
        case .ensemble: return each(Ensemble.self, .init())
        case .robustZ(let settings): return each(RobustZ.self, .init(settings))
        case .cusum(let settings): return each(Cusum.self, .init(settings))
        case .rollingQuantile(let settings): return each(RollingQuantile.self, .init(settings))
        case .holtWinters(let settings): return each(HoltWinters.self, .init(settings))
        case .pageHinkley(let settings): return each(PageHinkley.self, .init(settings))
        case .stuck(let settings): return each(StuckValue.self, .init(settings))
        case .halfSpaceTrees(let settings):
            return visitor.visit(HalfSpaceTrees.self, .init(settings, fields: fields))
        }
    }
}
