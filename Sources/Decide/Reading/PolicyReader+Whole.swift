// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

/// Readings whose payload is one field as it stands: a camera's frame, or sound.
extension PolicyReader {
    /// Reads what `reading` says beside its format.
    ///
    /// Such a payload carries no counter and no time: a frame sent again is known by its content.
    mutating func readWhole(
        _ node: SettingsNode,
        _ format: ReadingSpec.Format,
        _ sound: SoundSpec,
        rate: Double?
    ) -> ReadingSpec? {
        node.refuse(
            ["each", "time", "time_unit", "sequence", "fields"],
            "a payload that is one \(format.rawValue) has no members",
            hint: format == .image
                ? "or send JSON with the frame as a field of type `bytes`, in Base64" : nil
        )
        let device = readDevice(node)
        if let device, device.names.contains(where: { $0 == "payload" || $0.hasPrefix("payload.") })
        {
            node.node("device")?.problem(
                "a payload that is one \(format.rawValue) does not name its device",
                hint: "name the device by what the topic captures"
            )
        }
        let name = node.optionalString("field") ?? format.fieldName
        if let fault = fault(inFieldName: name) {
            (node.node("field") ?? node).problem(fault.message, hint: fault.hint)
        }
        let kind: ReadingSpec.FieldKind = format == .image ? .bytes : .samples
        fields.append(ReadingSpec.Field(name: name, path: name, kind: kind, rate: rate))
        guard let device else { return nil }
        return ReadingSpec(format: format, sound: sound, device: device, fields: fields)
    }
}

extension SettingsNode {
    /// How sound is written, and at what rate; for other formats the keys that say so are refused.
    func sound(_ format: ReadingSpec.Format) -> (spec: SoundSpec, rate: Double?) {
        let encoding = optional("encoding", .choice(SoundSpec.Encoding.self))
        let channels = integer("channels", in: 1...64, default: 1)
        let channel = optionalInteger("channel", in: 1...64)
        let rate = optional("rate", .frequency)
        guard format == .pcm else {
            let keys = ["encoding", "channels", "channel", "rate"]
            refuse(keys, "it is about sound, `format: pcm`")
            return (SoundSpec(), nil)
        }
        if !has("encoding") {
            let words = SoundSpec.Encoding.allCases.map { "`\($0.rawValue)`" }
            reportMissing(
                "encoding",
                "`encoding` is missing in `reading`",
                hint: "it wants one of \(words.joined(separator: ", "))"
            )
        }
        if let channel, channel > channels {
            node("channel")?.problem("there are \(channels) channels; `channel` counts from 1")
        }
        let spec = SoundSpec(encoding: encoding ?? .s16le, channels: channels, channel: channel)
        return (spec, rate)
    }

    /// Reports those of `keys` that are there.
    func refuse(_ keys: [String], _ reason: String, hint: String? = nil) {
        for key in keys where has(key) {
            node(key)?.problemWithKey("`\(key)` does not belong here: \(reason)", hint: hint)
        }
    }
}
