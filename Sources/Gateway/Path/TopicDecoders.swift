// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Vocabulary

/// The decoders of one policy: one for each set of fields that its topics carry.
///
/// A policy whose fields come by all of its topics has one. Belongs to one thread.
struct TopicDecoders {
    private let spec: ReadingSpec
    private let limits: DecodeLimits
    private let isUniform: Bool
    private var decoders: [(carried: [Bool], decoder: Decoder)] = []
    private var places = TopicCache<Int>()

    init(spec: ReadingSpec, limits: DecodeLimits) throws(DecodeSpecError) {
        self.spec = spec
        self.limits = limits
        isUniform = spec.fields.allSatisfy { $0.from == nil }
        let all = spec.fields.map { _ in true }
        // Whether the paths compile does not depend on which of them are looked for.
        decoders = [(all, try Decoder(spec: spec, limits: limits))]
    }

    /// Appends the readings of one payload that came by `topic` to `batch`, or nothing and throws.
    mutating func decode(
        topic: Topic,
        message: Int,
        payload: UnsafeRawBufferPointer,
        captures: (String) -> String?,
        into batch: inout ReadingBatch
    ) throws(DecodeError) {
        let place = isUniform ? 0 : place(of: topic)
        try decoders[place].decoder.decode(
            message: message,
            of: topic,
            payload: payload,
            captures: captures,
            into: &batch
        )
    }

    private mutating func place(of topic: Topic) -> Int {
        if let known = places[topic] { return known }
        let carried = spec.carried(by: topic.name)
        var place = decoders.firstIndex { $0.carried == carried }
        if place == nil,
            let decoder = try? Decoder(spec: spec, limits: limits, carried: carried)
        {
            decoders.append((carried, decoder))
            place = decoders.count - 1
        }
        places.remember(place ?? 0, for: topic)
        return place ?? 0
    }
}
