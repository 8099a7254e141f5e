// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

extension ModelHandle {
    /// True when it gathers each device's readings, and is not asked about every one.
    public var isWindowed: Bool { bound.isWindowed }

    /// How much of a device it gathers, in words such as `64 readings`; nil where it gathers nothing.
    public var windowLength: String? {
        switch window?.extent {
        case .count(let count): "\(count) readings"
        case .samples(let count): "\(count) numbers"
        case .time(let time): Quantity.text(time)
        case nil: nil
        }
    }

    /// How each device's readings are gathered; nil for a model that looks at one at a time.
    var window: WindowSpec? { bound.window }

    var featurePipelines: [FeaturePipeline] {
        pipelines.compactMap { pipeline in
            if case .features(let pipeline) = pipeline { pipeline } else { nil }
        }
    }
}
