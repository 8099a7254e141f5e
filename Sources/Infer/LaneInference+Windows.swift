// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// What models with windows see of the readings.
extension LaneInference {
    /// Takes the readings `rows` into the windows of `models`, all the models of one policy.
    ///
    /// To be called once for each reading, in the order of arrival and before the first of the models is
    /// asked about it; a model without a window takes nothing. Fields of other topics that a window
    /// joins are put in their slots of `readings`, where rules and the cloud find them. `arrival` is
    /// asked, by the row, for readings without a time of their own.
    public func observe(
        _ models: [ModelHandle],
        readings: inout ReadingBatch,
        rows: [Int],
        arrival: (Int) -> WallTime
    ) {
        // A canary sees what the version that speaks sees, so that each may speak for any device.
        let canaries = lot == nil ? [] : models.compactMap { $0.canary?.handle }
        let models = models + canaries
        guard models.contains(where: \.isWindowed) else { return }
        let counts = windows.observe(models, &readings, rows: rows, arrival: arrival)
        engine.tally.windows.add(counts)
    }
}
