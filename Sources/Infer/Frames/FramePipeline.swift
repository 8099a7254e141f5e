// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Media
import Settings
import Vocabulary

/// A camera's frame as an input, joined with the field of one policy that has it.
struct FramePipeline: Sendable {
    let source: FrameSource
    private let slot: Int

    /// The field it reads.
    var fieldsUsed: Set<String> { [source.field] }

    /// Finds the field of `source` among those of the policy `owner`.
    init(
        _ source: FrameSource,
        fields: [ReadingSpec.Field],
        owner: String
    ) throws(Diagnostic) {
        guard let slot = fields.firstIndex(where: { $0.name == source.field }) else {
            throw source.diagnostic(
                "unknown field `\(source.field)` in policy `\(owner)`",
                hint: Suggestion.hint(for: source.field, among: fields.map(\.name))
            )
        }
        guard fields[slot].kind == .bytes else {
            throw source.diagnostic(
                "field `\(source.field)` of policy `\(owner)` is no image",
                hint: "its `reading` wants `format: image`, or the field `type: bytes`"
            )
        }
        self.source = source
        self.slot = slot
    }

    /// Appends the numbers of the frame of reading `row` to `numbers`; on an error none are appended.
    ///
    /// `workspace` remembers where in the frame the numbers come from.
    func place<Number: BinaryFloatingPoint>(
        _ readings: ReadingBatch,
        row: Int,
        into numbers: inout [Number],
        using workspace: FeatureWorkspace
    ) throws(FeatureFailure) {
        guard case .bytes(let range) = readings[row, slot] else {
            throw FeatureFailure(reason: "field `\(source.field)` is missing")
        }
        let result = readings.bytes.withUnsafeBytes { bytes in
            let frame = UnsafeRawBufferPointer(rebasing: bytes[range])
            return workspace.frames.read(frame, source)
        }
        switch result {
        case .success(let made):
            numbers.reserveCapacity(numbers.count + made.count)
            for number in made { numbers.append(Number(number)) }
        case .failure(let error):
            throw FeatureFailure(reason: "field `\(source.field)`: \(error.message)")
        }
    }
}

/// One thread's room for frames: what it has decoded lately, and readers for the shapes it has met.
struct FrameDesk {
    private struct Seat {
        var transform: FrameTransform
        var limits: FrameLimits
        var reader: FrameReader
    }

    private var seats: [Seat] = []
    private var numbers: [Float] = []
    /// Where in its frame the last row's numbers came from.
    private(set) var placement: FramePlacement?

    /// How many shapes of input are prepared for at a time.
    private static let seatLimit = 8

    /// Forgets where the last numbers came from, and says where that was.
    mutating func takePlacement() -> FramePlacement? {
        defer { placement = nil }
        return placement
    }

    /// The numbers of `frame`; they stay until the next call.
    mutating func read(
        _ frame: UnsafeRawBufferPointer,
        _ source: FrameSource
    ) -> Result<[Float], FrameError> {
        let seat = seat(for: source)
        let count = source.transform.count
        if numbers.count != count { numbers = Array(repeating: 0, count: count) }
        do throws(FrameError) {
            let result = numbers.withUnsafeMutableBufferPointer { numbers in
                Result { () throws(FrameError) in
                    try seats[seat].reader.read(frame, into: numbers)
                }
            }
            placement = try result.get()
            return .success(numbers)
        } catch {
            placement = nil
            return .failure(error)
        }
    }

    private mutating func seat(for source: FrameSource) -> Int {
        let known = seats.firstIndex {
            $0.transform == source.transform && $0.limits == source.limits
        }
        if let known { return known }
        if seats.count == Self.seatLimit { seats.removeFirst() }
        let reader = FrameReader(source.transform, limits: source.limits)
        seats.append(Seat(transform: source.transform, limits: source.limits, reader: reader))
        return seats.count - 1
    }
}
