// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// Reads the payloads of one policy's messages into readings.
///
/// One decoder belongs to one policy and one thread: it reuses its memory from message to message and
/// allocates nothing for a message of scalar fields whose device it has met lately. The payload is read
/// once, without a tree; every byte of it is checked, also what no field wants.
///
/// JSON is read strictly (RFC 8259). A member of the policy's that stands twice in its object is refused,
/// because senders and receivers that disagree on which one counts make a different reading of the same
/// bytes (RFC 7493 forbids it for the same reason). Members no policy names are not compared.
public struct Decoder: Sendable {
    /// What has been found of one reading, or of the message around the readings.
    struct Staged: Sendable {
        var offset = 0
        var time: WallTime?
        var sequence: Int64?
    }

    let plan: ReadingPlan
    let limits: DecodeLimits
    var scanner: JSONScanner
    /// For each node, which member was found last: the next message most likely goes on the same way.
    var hints: [Int]
    /// For each member of the plan, the object in which it was last seen.
    var seen: [Int]
    var objects = 0
    /// The readings found so far; their values are in the batch already.
    var rows: [Staged] = []
    var envelope = Staged()
    /// Where in `partBytes` the device's parts lie: those of the message, then those of each reading.
    var parts: [Range<Int>?] = []
    var partBytes: [UInt8] = []
    /// Whether the scan is inside a reading, as opposed to the message around it.
    var isInReading = false
    /// Whether the array of readings was met.
    var foundEach = false
    /// A text that becomes a file.
    var spelled: [UInt8] = []
    private var deviceBytes: [UInt8] = []
    private var devices = NameTable()
    /// The devices that topics stand for, where nothing of the payload is in their names.
    private var devicesByTopic = TopicCache<String>()

    /// Compiles `spec`; of its fields only those that `carried` says, all where it says nothing.
    public init(
        spec: ReadingSpec,
        limits: DecodeLimits = DecodeLimits(),
        carried: [Bool]? = nil
    ) throws(DecodeSpecError) {
        plan = try ReadingPlan(spec, carried: carried)
        self.limits = limits
        scanner = JSONScanner(depthLimit: limits.depth)
        hints = plan.nodes.map(\.members.lowerBound)
        seen = Array(repeating: 0, count: plan.members.count)
    }

    /// Appends the readings of one payload to `batch`, or nothing and throws.
    ///
    /// `message` is the payload's place in its batch, and `captures` answers what a named wildcard of the
    /// policy's topic stands for; the same for the same `topic`, so that a device's name is made once.
    /// `batch` must have one slot for each field of the specification. Returns how many readings were appended; an empty array of readings is none, and no error.
    @discardableResult
    public mutating func decode(
        message: Int,
        of topic: Topic? = nil,
        payload: UnsafeRawBufferPointer,
        captures: (String) -> String?,
        into batch: inout ReadingBatch
    ) throws(DecodeError) -> Int {
        guard payload.count <= limits.payloadBytes else {
            throw .tooLarge(payload.count, limit: limits.payloadBytes)
        }
        let samples = batch.samples.count
        let files = batch.bytes.count
        do throws(DecodeFault) {
            // The one place where raw memory becomes a span; the pointer outlives this call.
            let bytes = payload.bindMemory(to: UInt8.self).span
            begin()
            if plan.spec.format.isWhole {
                try takeWhole(bytes, into: &batch)
            } else {
                try read(bytes, into: &batch)
            }
            return try finish(message: message, of: topic, captures: captures, into: &batch)
        } catch {
            batch.takeBack()
            batch.truncateSamples(to: samples)
            batch.truncateBytes(to: files)
            throw error.decodeError(plan: plan, limits: limits)
        }
    }

    private mutating func begin() {
        rows.removeAll(keepingCapacity: true)
        parts.removeAll(keepingCapacity: true)
        partBytes.removeAll(keepingCapacity: true)
        envelope = Staged()
        for _ in plan.devicePartNames { parts.append(nil) }
        scanner.position = 0
        isInReading = false
        foundEach = false
    }

    private mutating func read(
        _ bytes: Span<UInt8>,
        into batch: inout ReadingBatch
    ) throws(DecodeFault) {
        do throws(JSONFault) {
            try scanner.begin(bytes)
            if plan.isNested {
                try scan(node: plan.message, depth: 0, bytes, &batch)
            } else {
                try scanReading(depth: 0, bytes, &batch)
            }
            try scanner.end(bytes)
            guard !plan.isNested || foundEach else { throw scanner.fault(.noEach) }
        } catch {
            throw .json(error)
        }
    }

    /// Appends what was found, now that the whole payload is known to be sound.
    private mutating func finish(
        message: Int,
        of topic: Topic?,
        captures: (String) -> String?,
        into batch: inout ReadingBatch
    ) throws(DecodeFault) -> Int {
        guard rows.count > 1 else {
            guard !rows.isEmpty else { return 0 }
            let name = try device(of: topic, captures: captures)
            batch.close(row(0, message: message, device: name))
            return 1
        }
        var names: [String] = []
        names.reserveCapacity(rows.count)
        for index in rows.indices {
            // Only parts from the payload can differ from reading to reading.
            let isSame = plan.devicePartNames.isEmpty && index > 0
            names.append(isSame ? names[0] : try device(of: index, captures: captures))
        }
        for index in rows.indices {
            batch.close(row(index, message: message, device: names[index]))
        }
        return rows.count
    }

    private func row(_ index: Int, message: Int, device: String) -> ReadingBatch.Row {
        ReadingBatch.Row(
            message: message,
            index: index,
            device: device,
            deviceTime: rows[index].time ?? envelope.time,
            sequence: rows[index].sequence ?? envelope.sequence
        )
    }

    /// The device of the one reading of a message.
    private mutating func device(
        of topic: Topic?,
        captures: (String) -> String?
    ) throws(DecodeFault) -> String {
        guard let topic, plan.devicePartNames.isEmpty else {
            return try device(of: 0, captures: captures)
        }
        if let known = devicesByTopic[topic] { return known }
        let device = try device(of: 0, captures: captures)
        devicesByTopic.remember(device, for: topic)
        return device
    }

    private mutating func device(
        of row: Int,
        captures: (String) -> String?
    ) throws(DecodeFault) -> String {
        deviceBytes.removeAll(keepingCapacity: true)
        let count = plan.devicePartNames.count
        for piece in plan.device {
            switch piece {
            case .text(let text): deviceBytes.append(contentsOf: text)
            case .capture(let name):
                guard let text = captures(name) else { throw .capture(name) }
                deviceBytes.append(contentsOf: text.utf8)
            case .payload(let part):
                guard let range = parts[(row + 1) * count + part] ?? parts[part] else {
                    throw .devicePart(part, offset: rows[row].offset)
                }
                deviceBytes.append(contentsOf: partBytes[range])
            }
        }
        guard !deviceBytes.isEmpty else { throw .deviceEmpty(offset: rows[row].offset) }
        guard deviceBytes.count <= limits.deviceBytes else {
            throw .deviceTooLong(offset: rows[row].offset)
        }
        return devices.name(deviceBytes)
    }
}
