// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// What stops a message: a fault in its text, or a device that cannot be named.
enum DecodeFault: Error {
    case json(JSONFault)
    case emptyPayload
    case brokenFrame(bytes: Int, width: Int)
    case wildSample(offset: Int)
    case capture(String)
    case devicePart(Int, offset: Int)
    case deviceEmpty(offset: Int)
    case deviceTooLong(offset: Int)
}

extension DecodeFault {
    /// The fault in words.
    func decodeError(plan: ReadingPlan, limits: DecodeLimits) -> DecodeError {
        switch self {
        case .json(let fault):
            fault.decodeError(plan: plan, limits: limits)
        case .emptyPayload:
            DecodeError(code: .empty, message: "the payload is empty", offset: 0)
        case .brokenFrame(let bytes, let width):
            DecodeError(
                code: .samples,
                message: "the payload's \(bytes) bytes are no whole number of \(width)-byte frames",
                offset: bytes - bytes % width
            )
        case .wildSample(let offset):
            DecodeError(code: .samples, message: "a sample is no finite number", offset: offset)
        case .capture(let name):
            DecodeError(
                code: .device,
                message: "the device's `\(name)` is no part of the topic",
                offset: 0
            )
        case .devicePart(let part, let offset):
            DecodeError(
                code: .device,
                message: "the device's `\(plan.devicePartNames[part])` is missing",
                offset: offset
            )
        case .deviceEmpty(let offset):
            DecodeError(code: .device, message: "the device's name is empty", offset: offset)
        case .deviceTooLong(let offset):
            DecodeError(
                code: .device,
                message: "the device's name has more than \(limits.deviceBytes) bytes",
                offset: offset
            )
        }
    }
}

extension JSONFault {
    /// The fault in words; `plan` names what the policy calls the place.
    func decodeError(plan: ReadingPlan?, limits: DecodeLimits) -> DecodeError {
        let (code, message) = words(plan, limits)
        return DecodeError(code: code, message: message, offset: offset)
    }

    private func words(
        _ plan: ReadingPlan?,
        _ limits: DecodeLimits
    ) -> (DecodeError.Code, String) {
        switch kind {
        case .empty: (.empty, "the payload is empty")
        case .ended: (.syntax, "the JSON text ends early")
        case .unexpected: (.syntax, "the JSON text has a character that may not stand here")
        case .trailing: (.syntax, "something follows the JSON text")
        case .byteOrderMark: (.encoding, "the payload begins with a byte order mark")
        case .controlCharacter: (.syntax, "a string has a control character that is not escaped")
        case .escape: (.syntax, "a string has an escape that JSON does not know")
        case .utf8: (.encoding, "a string is not UTF-8")
        case .surrogate: (.encoding, "a string has a lone surrogate")
        case .numberShape: (.syntax, "a number is not written as JSON wants it")
        case .numberRange: (.numberRange, "a number is too large for a double")
        case .numberLength:
            (.numberRange, "a number has more than \(DecodeLimits.numberBytes) characters")
        case .depth: (.tooDeep, "arrays and objects are nested deeper than \(limits.depth)")
        case .treeSize: (.tooMany, "the payload has more than \(limits.treeValues) values")
        case .readings: (.tooMany, "the payload has more than \(limits.readings) readings")
        default: placed(plan)
        }
    }

    /// The faults that lie with a place of the policy's.
    private func placed(_ plan: ReadingPlan?) -> (DecodeError.Code, String) {
        switch kind {
        case .duplicate(let edge):
            (.duplicateMember, "member `\(plan?.paths[edge] ?? "")` stands twice")
        case .wrongKind(let target, let found):
            (.wrongKind, "\(name(target, plan)) wants \(wish(target)); found \(found.phrase)")
        case .wrongSample(let target, let found):
            (
                .wrongKind,
                "\(name(target, plan)) wants numbers in its array; found \(found.phrase)"
            )
        case .time(let fault):
            (.time, "\(name(.time, plan)) \(words(fault, plan?.spec.timeUnit ?? .seconds))")
        case .sequence:
            (.sequence, "\(name(.sequence, plan)) wants a whole number of at most 64 bits")
        case .base64(let slot):
            (.base64, "\(name(.field(slot: slot, kind: .bytes), plan)) is not Base64")
        case .each(let found):
            (
                .wrongKind,
                "`\(plan?.spec.each ?? "")` wants an array of readings; found \(found.phrase)"
            )
        case .noEach:
            (.missing, "the array of readings `\(plan?.spec.each ?? "")` is missing")
        case .missing(let slot):
            (.missing, "\(name(.field(slot: slot, kind: .any), plan)) is missing")
        default: (.duplicateMember, "an object has a member twice")
        }
    }

    private func name(_ target: ReadingPlan.Target, _ plan: ReadingPlan?) -> String {
        plan?.phrase(target) ?? "the value"
    }

    private func wish(_ target: ReadingPlan.Target) -> String {
        switch target {
        case .field(_, .number): "a number"
        case .field(_, .text): "a string"
        case .field(_, .flag): "true or false"
        case .field(_, .samples): "an array of numbers"
        case .field(_, .bytes): "a file as Base64 in a string"
        case .field(_, .any): "a number, a string, true or false, or an array of numbers"
        case .time, .sequence: "a number"
        case .devicePart: "a string or a whole number"
        }
    }

    private func words(_ fault: JSONTimeFault, _ unit: ReadingSpec.TimeUnit) -> String {
        switch fault {
        case .wantsNumber: "wants a number of \(unit.rawValue) since 1970"
        case .wantsText: "wants a string such as `2024-05-01T12:00:00.250Z`"
        case .malformed: "is not written as RFC 3339 wants it"
        case .range: "lies beyond the years 1678 to 2262"
        }
    }
}
