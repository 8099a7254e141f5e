// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

/// The payload a case gives in place of fields.
extension PolicyCase {
    /// The most bytes that a payload's file may have.
    private static let payloadLimit = 1 << 20

    mutating func readPayload(_ given: SettingsNode, folder: String) {
        let own = Self.payload(given, folder: folder)
        if own != nil, payload != nil {
            given.node("messages")?.problemWithKey("the case gives a `payload` already")
        }
        payload = payload ?? own
        let inline = given.node("payload")
        let file = given.optionalString("payload_file")
        guard payload != nil else { return }
        if inline != nil, file != nil {
            given.node("payload_file")?.problemWithKey("the case gives a `payload` already")
        }
        for key in ["fields", "device"] where given.has(key) {
            given.node(key)?.problemWithKey(
                "`\(key)` comes from the payload",
                hint: "leave it out, or the payload"
            )
        }
    }

    /// The bytes that `payload` or `payload_file` gives; nil where neither is there.
    static func payload(_ given: SettingsNode, folder: String) -> [UInt8]? {
        if let inline = given.node("payload") {
            guard inline.isMapping || inline.isList else {
                return inline.read(.anyString).map { Array($0.utf8) } ?? []
            }
            var writer = JSONWriter()
            inline.writeJSON(to: &writer)
            return writer.bytes
        }
        return given.optionalString("payload_file").map { file in
            bytes(of: file, at: given.node("payload_file"), folder: folder)
        }
    }

    /// The bytes of a file beside the policy; none where it cannot be read, which is reported.
    static func bytes(of file: String, at place: SettingsNode?, folder: String) -> [UInt8] {
        let path = file.hasPrefix("/") ? file : folder + file
        do throws(BoundedFile.Failure) {
            return try BoundedFile.read(path: path, limit: payloadLimit)
        } catch {
            place?.problem("`\(path)`: \(error.message)", hint: error.hint)
            return []
        }
    }

    /// A private name that nothing is called protects nothing.
    func checkNames(_ node: SettingsNode) {
        guard let expect = node.node("expect"), expect.isMapping else { return }
        let fields = policy.reading.fields.map(\.name)
        for item in expect.node("keeps_private")?.isList == true
            ? expect.items("keeps_private") ?? [] : []
        {
            guard let name = item.text, !fields.contains(name) else { continue }
            if let payload, contains(name, payload) { continue }
            guard let near = Suggestion.nearest(to: name, among: fields) else { continue }
            item.problem(
                "nothing is called `\(name)`",
                hint: "did you mean `\(near)`?",
                severity: .warning
            )
        }
    }

    private func contains(_ name: String, _ payload: [UInt8]) -> Bool {
        String(decoding: payload, as: UTF8.self).contains(name)
    }
}
