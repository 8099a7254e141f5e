// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Tests about the mean of bounded losses that are not merely yes or no.
public enum BoundedMean {
    /// The p-value of "the mean is at least `limit`" by Hoeffding and Bentkus.
    ///
    /// For `count` independent losses in 0…1 of mean `mean` (Angelopoulos et al. 2021, "Learn then
    /// Test", section 3.1.1, after Bates et al. 2021).
    public static func hoeffdingBentkus(mean: Double, count: Double, limit: Double) -> Double {
        guard count > 0, mean < limit else { return 1 }
        guard limit < 1 else { return 0 }
        let low = max(0, mean)
        var divergence =
            (1 - low) * (SpecialFunctions.log1p(-low) - SpecialFunctions.log1p(-limit))
        if low > 0 {
            divergence += low * (SpecialFunctions.log(low) - SpecialFunctions.log(limit))
        }
        let hoeffding = SpecialFunctions.exp(-count * divergence)
        let hits = (count * low).rounded(.up)
        let tail = Binomial.tail(hits: hits, trials: count, rate: limit)
        let bentkus = SpecialFunctions.exp(1) * tail
        return min(1, hoeffding, bentkus)
    }

    /// The p-value of "the mean is at least `limit`" by betting on each loss in turn.
    ///
    /// For independent losses in 0…1 in an order fixed beforehand. Several bets run side by side and
    /// share the stake; the wealth they would have won at the end is tested by Markov's inequality
    /// (Waudby-Smith and Ramdas 2024). Adapts to a small variance, which the bounds above do not.
    public static func betting(_ losses: [Double], limit: Double) -> Double {
        guard !losses.isEmpty, limit > 0, limit < 1 else { return 1 }
        var logs = stakes.map { _ in 0.0 }
        for loss in losses {
            for index in stakes.indices {
                // 1 + λ(limit − loss) stays positive for λ < 1 / (1 − limit).
                logs[index] += SpecialFunctions.log1p(stakes[index] / (1 - limit) * (limit - loss))
            }
        }
        let top = logs.max() ?? 0
        let sum = logs.reduce(0) { $0 + SpecialFunctions.exp($1 - top) }
        let wealth = top + SpecialFunctions.log(sum / Double(stakes.count))
        return min(1, SpecialFunctions.exp(-wealth))
    }

    private static let stakes = [0.002, 0.01, 0.03, 0.08, 0.2, 0.4, 0.6, 0.8, 0.95, 0.995]
}
