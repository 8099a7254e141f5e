// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

// What is done with a value that the plan wants.
extension Decoder {
    /// Reads the value that begins here and puts it where `target` says; null counts as not there.
    mutating func take(
        _ target: ReadingPlan.Target,
        _ kind: JSONKind,
        depth: Int,
        _ bytes: Span<UInt8>,
        _ batch: inout ReadingBatch
    ) throws(JSONFault) {
        if kind == .null { return try scanner.null(bytes) }
        switch target {
        case .field(let slot, let wanted):
            let place = batch.fields.count - batch.fieldCount + slot
            if wanted == .bytes, kind == .text {
                batch.put(.bytes(try file(slot, bytes, &batch)), at: place)
            } else {
                let value = try value(target, wanted, kind, depth: depth, bytes, &batch)
                batch.put(value, at: place)
            }
        case .time:
            let time = try time(kind, bytes)
            if isInReading {
                rows[rows.count - 1].time = time
            } else {
                envelope.time = time
            }
        case .sequence:
            let sequence = try sequence(kind, bytes)
            if isInReading {
                rows[rows.count - 1].sequence = sequence
            } else {
                envelope.sequence = sequence
            }
        case .devicePart(let part):
            let range = try devicePart(target, kind, bytes)
            let base = isInReading ? parts.count - plan.devicePartNames.count : 0
            parts[base + part] = range
        }
    }

    private mutating func value(
        _ target: ReadingPlan.Target,
        _ wanted: ReadingSpec.FieldKind,
        _ kind: JSONKind,
        depth: Int,
        _ bytes: Span<UInt8>,
        _ batch: inout ReadingBatch
    ) throws(JSONFault) -> FieldValue {
        switch (kind, wanted) {
        case (.number, .number), (.number, .any):
            return .number(try scanner.number(bytes).double(bytes))
        case (.text, .text), (.text, .any):
            return .text(try scanner.string(bytes).string(bytes))
        case (.flag, .flag), (.flag, .any):
            return .flag(try scanner.flag(bytes))
        case (.array, .samples), (.array, .any):
            return .samples(try samples(target, depth: depth, bytes, &batch))
        default:
            throw scanner.fault(.wrongKind(target: target, found: kind))
        }
    }

    private mutating func samples(
        _ target: ReadingPlan.Target,
        depth: Int,
        _ bytes: Span<UInt8>,
        _ batch: inout ReadingBatch
    ) throws(JSONFault) -> Range<Int> {
        let start = batch.samples.count
        guard try scanner.open(closing: UInt8(ascii: "]"), depth: depth, bytes) else {
            return start..<start
        }
        repeat {
            let kind = try scanner.nextKind(bytes)
            guard kind == .number else {
                throw scanner.fault(.wrongSample(target: target, found: kind))
            }
            batch.appendSample(try scanner.number(bytes).double(bytes))
        } while try scanner.another(closing: UInt8(ascii: "]"), bytes)
        return start..<batch.samples.count
    }

    /// A file as Base64, with or without the beginning of a `data:` URL.
    private mutating func file(
        _ slot: Int,
        _ bytes: Span<UInt8>,
        _ batch: inout ReadingBatch
    ) throws(JSONFault) -> Range<Int> {
        let offset = scanner.position
        let text = try scanner.string(bytes)
        spelled.removeAll(keepingCapacity: true)
        text.append(to: &spelled, bytes)
        guard Base64.decode(&spelled) else {
            throw JSONFault(kind: .base64(slot: slot), offset: offset)
        }
        return spelled.withUnsafeBytes { batch.appendBytes($0) }
    }

    private mutating func time(
        _ kind: JSONKind,
        _ bytes: Span<UInt8>
    ) throws(JSONFault) -> WallTime {
        let offset = scanner.position
        let fault: JSONTimeFault
        switch (kind, plan.spec.timeUnit) {
        case (.text, .rfc3339):
            let text = try scanner.string(bytes)
            switch DeviceTime.parse(text, bytes) {
            case .success(let time): return time
            case .failure(let found): fault = found.fault
            }
        case (_, .rfc3339): fault = .wantsText
        case (.number, let unit):
            // Not through a double: today's time in seconds has ten digits before the point already.
            let number = try scanner.number(bytes)
            if let count = number.integer(shift: DeviceTime.digits(of: unit)) {
                return WallTime(nanoseconds: count)
            }
            fault = .range
        default: fault = .wantsNumber
        }
        throw JSONFault(kind: .time(fault), offset: offset)
    }

    private mutating func sequence(
        _ kind: JSONKind,
        _ bytes: Span<UInt8>
    ) throws(JSONFault) -> Int64 {
        let offset = scanner.position
        guard kind == .number, let count = try scanner.number(bytes).exactInteger else {
            throw JSONFault(kind: .sequence, offset: offset)
        }
        return count
    }

    /// A string as it is, or a whole number as it is written.
    private mutating func devicePart(
        _ target: ReadingPlan.Target,
        _ kind: JSONKind,
        _ bytes: Span<UInt8>
    ) throws(JSONFault) -> Range<Int> {
        let start = partBytes.count
        let offset = scanner.position
        switch kind {
        case .text:
            try scanner.string(bytes).append(to: &partBytes, bytes)
        case .number:
            let number = try scanner.number(bytes)
            for index in number.range {
                let byte = bytes[index]
                guard byte == UInt8(ascii: "-") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                else {
                    throw JSONFault(
                        kind: .wrongKind(target: target, found: kind),
                        offset: offset
                    )
                }
                partBytes.append(byte)
            }
        default:
            throw scanner.fault(.wrongKind(target: target, found: kind))
        }
        return start..<partBytes.count
    }
}
