// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What detectors of a lasting shift have in common: how numbers are standardised before they add up.
///
/// A slow location and scale, so that the shift itself does not become usual while it is looked for.
public struct ShiftSettings: Equatable, Sendable {
    /// After how many readings an observation has half its weight in location and scale.
    public var halfLife = 1_000.0
    /// How many readings are learned from before any is judged.
    public var warmUp = 50
    /// How many standard deviations one reading counts for at most.
    public var clip = 4.0
    /// The least scale, in the field's own unit.
    public var leastScale = 0.0

    /// Makes the default settings.
    public init() {}

    /// The scale's constants.
    var scale: RobustScale.Plan {
        RobustScale.Plan(halfLife: halfLife, warmUp: warmUp, clip: 3, leastScale: leastScale)
    }

    /// A number of standard deviations, as far as it counts.
    static func clipped(_ distance: Double, _ clip: Double) -> Double {
        max(-clip, min(distance, clip))
    }
}
