// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A piecewise linear curve that never falls, as isotonic regression fits it.
public struct RisingCurve: Equatable, Sendable {
    /// Where the knots are, rising.
    public let arguments: [Double]
    /// The curve's value at each knot, never falling, each in 0…1.
    public let values: [Double]

    /// Makes a curve of knots.
    ///
    /// Nil unless there are as many values as arguments, at least one, all finite, the arguments
    /// strictly rising, the values never falling and within 0…1.
    public init?(arguments: [Double], values: [Double]) {
        guard !arguments.isEmpty, arguments.count == values.count,
            arguments.allSatisfy(\.isFinite), values.allSatisfy({ $0 >= 0 && $0 <= 1 }),
            zip(arguments, arguments.dropFirst()).allSatisfy({ $0 < $1 }),
            zip(values, values.dropFirst()).allSatisfy({ $0 <= $1 })
        else { return nil }
        self.arguments = arguments
        self.values = values
    }

    /// The value at `argument`; outside the knots, that of the nearest.
    public func value(at argument: Double) -> Double {
        guard argument > arguments[0] else { return values[0] }
        var low = 0
        var high = arguments.count - 1
        guard argument < arguments[high] else { return values[high] }
        while high - low > 1 {
            let middle = (low + high) / 2
            if arguments[middle] <= argument { low = middle } else { high = middle }
        }
        let part = (argument - arguments[low]) / (arguments[high] - arguments[low])
        return values[low] + part * (values[high] - values[low])
    }
}
