// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// One device's readings through a detector chosen at run time.
///
/// Belongs to one thread.
public final class DetectorStream {
    private let box: any Box

    /// Makes a detector that has seen nothing, for readings of `fields` fields.
    public init(_ settings: DetectorSettings, fields: Int = 1) {
        box = settings.accept(Opening(), fields: fields)
    }

    /// How unusual the reading of `values` is, 0…1; then learns from it.
    ///
    /// There are as many values as fields; one that is not finite is not judged and teaches
    /// nothing.
    public func score(_ values: [Double], at time: WallTime?) -> Double {
        values.withUnsafeBufferPointer { box.score($0, at: time) }
    }

    /// How many bytes the detector takes.
    public var byteCount: Int { box.byteCount }

    fileprivate protocol Box: AnyObject {
        func score(_ values: UnsafeBufferPointer<Double>, at time: WallTime?) -> Double
        var byteCount: Int { get }
    }

    private final class Held<Detector: StreamingDetector>: Box {
        let plan: Detector.Plan
        var detector: Detector

        init(_ plan: Detector.Plan) {
            self.plan = plan
            detector = Detector(plan)
        }

        func score(_ values: UnsafeBufferPointer<Double>, at time: WallTime?) -> Double {
            detector.score(values, at: time, plan)
        }

        var byteCount: Int { detector.byteCount }
    }

    private struct Opening: DetectorVisitor {
        typealias Result = any Box

        func visit<Detector: StreamingDetector>(
            _ type: Detector.Type,
            _ plan: Detector.Plan
        ) -> any Box {
            Held<Detector>(plan)
        }
    }
}
