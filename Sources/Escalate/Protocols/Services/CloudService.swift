// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// A protocol as an address, header fields and a form of body.
struct CloudService: CloudProtocol {
    /// What a failure of this service means; nil where it means what it commonly does.
    typealias FailureTable = @Sendable (_ reply: CloudReply, _ now: WallTime) -> CallFailure?

    var url: String
    var readiness: CloudReadiness
    var form: any CloudForm
    /// Header fields of every request.
    var headers: [(name: String, value: String)] = []
    /// A field that carries the request's key, beside `Idempotency-Key`.
    var keyHeader: String?
    /// The reply's field that names the version which answered.
    var versionHeader: String?
    /// The model asked, where the reply does not name it.
    var model: ModelReference
    var table: FailureTable = { _, _ in nil }

    var maximumQuestions: Int { form.maximumQuestions }

    func request(for questions: [Question]) throws(CallFailure) -> CloudRequest {
        try questions.checkSendable()
        let body = try form.body(for: questions)
        let key = body.key ?? RequestKey.of(questions.map(\.key.description))
        var fields: [(name: String, value: String)] = []
        // One more for a trace.
        fields.reserveCapacity(body.headers.count + headers.count + 3)
        fields += body.headers
        fields.append(("Idempotency-Key", key))
        if let keyHeader { fields.append((keyHeader, key)) }
        // What the user says of a field counts more than what the form says.
        fields.removeAll { field in
            headers.contains { Self.isSame($0.name, field.name) }
        }
        fields += headers
        return CloudRequest(url: url, headers: fields, body: body.bytes)
    }

    func answers(
        in reply: CloudReply,
        to questions: [Question]
    ) throws(CallFailure) -> CloudAnswers {
        let found = try form.answers(in: reply, to: questions)
        let version = versionHeader.flatMap { reply.header($0) } ?? found.version
        return CloudAnswers(
            answers: found.answers,
            model: ModelReference(
                name: found.model.map { reply.shown($0, limit: 128) } ?? model.name,
                version: version.map { reply.shown($0, limit: 64) } ?? model.version
            )
        )
    }

    func failure(of reply: CloudReply, at now: WallTime) -> CallFailure {
        table(reply, now) ?? CallFailure(reply, at: now)
    }

    /// True for the same field name: letters count alike in both cases (RFC 9110 section 5.1).
    private static func isSame(_ name: String, _ other: String) -> Bool {
        guard name.utf8.count == other.utf8.count else { return false }
        return zip(name.utf8, other.utf8).allSatisfy { lowercase($0) == lowercase($1) }
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    /// An address without the slashes at its end.
    static func base(_ url: String) -> String {
        var base = Substring(url)
        while base.last == "/" { base.removeLast() }
        return String(base)
    }

    /// A path segment (RFC 3986): everything but the unreserved characters as `%XX`.
    static func escaped(_ segment: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var text: [UInt8] = []
        for byte in segment.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                text.append(byte)
            default:
                text += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
