// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Testing
import Vocabulary

@Suite struct `A reading that is one field` {
    private func policy(_ reading: String, when condition: String = "retained") -> String {
        """
        policy: look
        match: { topic: plant/+line/camera/+camera }
        reading: \(reading)
        rules:
          - { name: one, when: "\(condition)", route: drop }
        otherwise: { route: act }
        """
    }

    private func problems(_ reading: String) -> [String] {
        var surroundings = plant
        surroundings.inputs = []
        return findings(read(policy(reading), in: surroundings).1).filter {
            !$0.contains("warning")
        }
    }

    private func reading(_ text: String) throws -> ReadingSpec {
        var surroundings = plant
        surroundings.inputs = []
        let (set, diagnostics) = read(policy(text), in: surroundings)
        #expect(!diagnostics.contains { $0.message.contains("sequence") })
        return try #require(set?.policies.first).reading
    }

    @Test func `is a frame, called so unless it says otherwise`() throws {
        let spec = try reading(#"{ format: image, device: "{camera}" }"#)
        #expect(spec.format == .image)
        #expect(spec.fields == [.init(name: "frame", path: "frame", kind: .bytes)])
        let named = try reading(#"{ format: image, device: "{camera}", field: photo }"#)
        #expect(named.slot(of: "photo") == 0)
    }

    @Test func `is sound`() throws {
        let spec = try reading(
            #"{ format: pcm, encoding: s16be, channels: 2, channel: 2, rate: 44.1kHz, device: a }"#
        )
        #expect(spec.sound == SoundSpec(encoding: .s16be, channels: 2, channel: 2))
        #expect(spec.fields.first?.kind == .samples)
        #expect(spec.fields.first?.rate == 44_100)
    }

    @Test func `has no members`() {
        #expect(
            problems(#"{ format: image, device: "{payload.id}", time: ts }"#) == [
                "3:35+14 error: a payload that is one image does not name its device; "
                    + "name the device by what the topic captures",
                "3:51+4 error: `time` does not belong here: a payload that is one image has no members; "
                    + "or send JSON with the frame as a field of type `bytes`, in Base64",
            ]
        )
    }

    @Test func `wants to know how sound is written`() {
        #expect(problems("{ format: pcm, device: a }").first?.contains("`encoding`") == true)
        let tooHigh = "{ format: pcm, encoding: u8, channels: 2, channel: 3, device: a }"
        #expect(problems(tooHigh).first?.contains("counts from 1") == true)
        let aside = "{ format: json, rate: 3kHz, device: a, fields: { a: a } }"
        #expect(problems(aside).first?.contains("it is about sound") == true)
        #expect(problems("{ format: pcm, encoding: u8, rate: 3, device: a }").count == 1)
    }

    @Test func `cannot be called by a word of conditions`() {
        let found = problems("{ format: image, device: a, field: label }")
        #expect(found.first?.contains("is a word of conditions") == true)
    }
}
