// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Detect
import Vocabulary

/// One lane's state of one detector as one policy uses it: what it knows of each device.
final class DetectorLane: DeviceMemory {
    /// What it is made for: another state begins where this differs.
    let settings: String
    private let devices: any DetectorDevices
    private(set) var changes = 0

    /// Makes one for readings of `fields` numbers.
    init(_ spec: DetectorSpec, fields: Int, settings: String) {
        self.settings = settings
        devices = spec.settings.accept(
            DetectorDevicesMaker(capacity: spec.maximumDevices, bytes: spec.maximumMemory),
            fields: fields
        )
    }

    /// How many devices were forgotten to make room for others.
    var evictions: Int { devices.evictions }

    /// How unusual `numbers` are for `device`, 0…1; then learns from them.
    func score(_ numbers: [Double], device: String, at time: WallTime?) -> Double {
        changes &+= 1
        return numbers.withUnsafeBufferPointer { devices.score($0, device: device, at: time) }
    }

    func save(into writer: inout StateWriter) { devices.save(into: &writer) }

    func restore(from reader: inout StateReader) throws(StateError) {
        try devices.restore(from: &reader)
    }
}

/// The devices of one detector, whatever its type.
private protocol DetectorDevices: AnyObject {
    var evictions: Int { get }
    func score(
        _ numbers: UnsafeBufferPointer<Double>,
        device: String,
        at time: WallTime?
    ) -> Double
    func save(into writer: inout StateWriter)
    func restore(from reader: inout StateReader) throws(StateError)
}

private struct DetectorDevicesMaker: DetectorVisitor {
    typealias Result = any DetectorDevices

    let capacity: Int
    let bytes: Int

    func visit<Detector: StreamingDetector>(
        _ type: Detector.Type,
        _ plan: Detector.Plan
    ) -> any DetectorDevices {
        // Beside its state a device takes its name and its place in the table.
        let fitting = bytes / (Detector.mostBytes(plan) + 192)
        return DevicesOf<Detector>(plan, capacity: max(1, min(capacity, fitting)))
    }
}

/// The devices of a detector of one type.
private final class DevicesOf<Detector: StreamingDetector>: DetectorDevices {
    private let plan: Detector.Plan
    private var table: DeviceTable<Detector>

    init(_ plan: Detector.Plan, capacity: Int) {
        self.plan = plan
        table = DeviceTable(capacity: capacity)
    }

    var evictions: Int { table.evictions }

    func score(
        _ numbers: UnsafeBufferPointer<Double>,
        device: String,
        at time: WallTime?
    ) -> Double {
        table.withState(of: device, orNew: Detector(plan)) { detector in
            detector.score(numbers, at: time, plan)
        }
    }

    func save(into writer: inout StateWriter) {
        table.save(into: &writer) { detector, writer in detector.save(into: &writer) }
    }

    func restore(from reader: inout StateReader) throws(StateError) {
        try table.restore(from: &reader) { [plan] reader throws(StateError) in
            try Detector(plan, restoring: &reader)
        }
    }
}
