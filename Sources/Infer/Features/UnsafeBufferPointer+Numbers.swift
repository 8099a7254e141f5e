// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

extension UnsafeBufferPointer<Double> {
    /// The sum of the places from `low` up to but not including `high`; the last place counts as
    /// below any `high` beyond it.
    func sum(from low: Double, to high: Double) -> Double {
        var sum = 0.0
        var index = low <= 0 ? 0 : Int(Swift.min(low.rounded(.up), Double(count)))
        while index < count, Double(index) < high || index == count - 1 && Double(index) <= high {
            sum += self[index]
            index += 1
        }
        return sum
    }

    /// Of a spectrum: whether there is more in it than the constant part and what rounding leaves.
    ///
    /// Rounding leaves some 1e-27 of the whole; what is below 1e-24, a millionth of a millionth in
    /// amplitude, is no signal.
    var varies: Bool {
        guard let constant = first else { return false }
        let rest = dropFirst().reduce(0, +)
        return rest > (constant + rest) * 1e-24
    }
}

extension UnsafeMutableBufferPointer<Double> {
    private static var roundLimit: Int { 64 }

    /// The number below which `share` of these lie, between the two nearest where none is exact.
    ///
    /// Type 7 of R. Hyndman and Y. Fan, "Sample quantiles in statistical packages", The American
    /// Statistician 50, 1996. Reorders them.
    func quantile(_ share: Double) -> Double {
        let position = Double(count - 1) * share
        let low = Int(position)
        let value = select(low)
        guard Double(low) < position else { return value }
        // What lies above is no longer in order, and the next is the least of it.
        let next = self[(low + 1)...].min() ?? value
        return value + (position - Double(low)) * (next - value)
    }

    /// The number at `place` in order; those before it are no greater, those after it no less.
    ///
    /// C. A. R. Hoare, "Algorithm 65: Find", CACM 4, 1961.
    private func select(_ place: Int) -> Double {
        var (low, high) = (0, count - 1)
        var rounds = 0
        while low < high {
            // A series made to be slow is no slower than sorting it.
            rounds += 1
            guard rounds <= Self.roundLimit else {
                var rest = UnsafeMutableBufferPointer(rebasing: self[low...high])
                rest.sort()
                break
            }
            let pivot = middle(low, high)
            var (left, right) = (low, high)
            while left <= right {
                while self[left] < pivot { left += 1 }
                while self[right] > pivot { right -= 1 }
                guard left <= right else { break }
                swapAt(left, right)
                left += 1
                right -= 1
            }
            if place <= right {
                high = right
            } else if place >= left {
                low = left
            } else {
                break
            }
        }
        return self[place]
    }

    /// The middle of three, so that what is in order already is not the worst case.
    private func middle(_ low: Int, _ high: Int) -> Double {
        let (first, second, third) = (self[low], self[low + (high - low) / 2], self[high])
        return Swift.max(
            Swift.min(first, second),
            Swift.min(Swift.max(first, second), third)
        )
    }
}

extension FeatureMapping {
    @inline(__always)
    func callAsFunction(_ number: Double) -> Double {
        switch self {
        case .log: Glibc.log(number)
        case .log10: Glibc.log10(number)
        case .log1p: Glibc.log1p(number)
        case .abs: number.magnitude
        case .sqrt: number.squareRoot()
        case .exp: Glibc.exp(number)
        }
    }
}

extension FeatureStep.Category {
    func isText(_ other: String) -> Bool {
        if case .text(let text) = self { text == other } else { false }
    }

    func isNumber(_ other: Double) -> Bool {
        if case .number(let number) = self { number == other } else { false }
    }
}
