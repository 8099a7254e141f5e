// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

@testable import Infer

extension WindowSpec {
    /// A window with everything else as it is by default.
    static func of(
        _ extent: Extent,
        hop: Int? = nil,
        timeHop: Interval? = nil,
        gap: Interval? = nil,
        late: Interval = .zero,
        join: Join? = nil,
        devices: Int = 100,
        bytes: Int = 1 << 30
    ) -> WindowSpec {
        var spec = WindowSpec(
            extent: extent,
            hop: hop ?? 1,
            timeHop: timeHop ?? .zero,
            gap: gap,
            late: late,
            join: join,
            maximumDevices: devices,
            maximumBytes: bytes
        )
        if hop == nil, let length = spec.length { spec.hop = length }
        if timeHop == nil, case .time(let time) = extent { spec.timeHop = time }
        return spec
    }
}

/// One policy's windows of one model, fed reading by reading.
struct WindowBench {
    let group: WindowGroup
    let fields: [ReadingSpec.Field]
    var counts = WindowTally.Counts()
    let reference = ModelReference(name: "m", version: "1")

    init(
        _ spec: WindowSpec,
        _ features: [String],
        fields: [ReadingSpec.Field],
        rate: Double? = nil
    ) throws {
        self.fields = fields
        let pipeline = try FeaturePipeline(
            features.map { try FeatureExpression($0) },
            FeatureScope(fields: fields, window: spec, rate: rate)
        )
        group = try WindowGroup(spec, models: [(reference, [pipeline])])
    }

    /// What becomes of one reading, at `milliseconds`; nil where it completes no window.
    mutating func take(
        _ values: [FieldValue],
        samples: [Double] = [],
        at milliseconds: Int,
        device: String = "a"
    ) throws -> [Double]? {
        var batch = ReadingBatch(fieldCount: fields.count)
        for sample in samples { batch.appendSample(sample) }
        let time = WallTime(nanoseconds: Int64(milliseconds) * 1_000_000)
        batch.append(
            .init(message: 0, index: 0, device: device, deviceTime: time, sequence: nil),
            values: values
        )
        return try take(&batch)
    }

    mutating func take(_ batch: inout ReadingBatch) throws -> [Double]? {
        group.begin(rowCount: 1)
        group.take(&batch, row: 0, arrival: WallTime(nanoseconds: 0), counts: &counts)
        let rows = group.parts[0].rows
        switch rows[0] {
        case .nothing: return nil
        case .failed(let reason): throw FeatureFailure(reason: reason)
        case .numbers(let place): return Array(rows.numbers[rows.ranges[place]])
        }
    }
}

/// Statistics by their definitions.
struct PlainStatistics {
    let series: [Double]
    private var count: Double { Double(series.count) }
    var mean: Double { series.reduce(0, +) / count }
    var rms: Double { (series.reduce(0) { $0 + $1 * $1 } / count).squareRoot() }
    var std: Double { moment(2).squareRoot() }
    var skew: Double { moment(3) / (moment(2) * std) }
    var kurtosis: Double { moment(4) / (moment(2) * moment(2)) }

    func moment(_ power: Int) -> Double {
        let mean = mean
        return series.reduce(0) { sum, value in
            sum + (0..<power).reduce(1) { product, _ in product * (value - mean) }
        } / count
    }

    func slope(_ times: [Double]) -> Double {
        let middle = times.reduce(0, +) / count
        let spread = times.reduce(0) { $0 + ($1 - middle) * ($1 - middle) }
        let mean = mean
        let product = zip(times, series).reduce(0) { $0 + ($1.0 - middle) * ($1.1 - mean) }
        return spread > 0 ? product / spread : 0
    }

    var crossings: Double {
        let changes = zip(series, series.dropFirst()).count { ($0 < 0) != ($1 < 0) }
        return count > 1 ? Double(changes) / (count - 1) : 0
    }
}
