// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway
import Hummingbird
import Spool
import Vocabulary

/// What shows and changes dead letters.
extension ControlRoutes {
    /// The longest payload a letter is given.
    private static let payloadLimit = 16 << 20

    private static var filterParameters: [Operation.Parameter] {
        [
            .init("code", .text(most: 256), "Set aside with this code."),
            .init("kind", .words(EntryKind.allCases.map(\.name)), "That were rows of this kind."),
            .init("policy", .text(most: 512), "Of this policy."),
            .init("device", .text(most: 512), "About this device."),
            .init("input", .text(most: 512), "That came by this input."),
            .init("older_than", .number(0...3.999e9), "At least so many seconds old."),
        ]
    }

    var letters: [Operation] {
        let gateway = gateway
        return [
            .get(
                "/v1/spool/dead",
                "Dead letters in their order; with payloads, some dozens at most.",
                Self.filterParameters + Self.pageParameters + [
                    .init("whole", .flag, "With their payloads.")
                ],
                answer: .json("Letters")
            ) { call in
                Self.reply(
                    try SpoolReport.letters(
                        gateway.spool,
                        filter: try Self.letterFilter(call),
                        after: call.integer("after") ?? 0,
                        limit: Int(call.integer("limit") ?? 100),
                        whole: call.flag("whole") ?? false
                    )
                )
            },
            .get(
                "/v1/spool/dead/{id}",
                "One dead letter with its payload.",
                [.id("The letter's number.")],
                answer: .json("Letter"),
                refusals: [404: "There is no such letter."]
            ) { call in
                let id = call.integer("id") ?? 0
                guard let letter = try SpoolReport.letter(gateway.spool, id) else {
                    throw HTTPError(.notFound, message: "there is no dead letter \(id)")
                }
                return Self.reply(letter)
            },
            .post(
                "/v1/spool/dead/{id}/edit",
                "Gives a letter another payload; it gets a new number.",
                [.id("The letter's number.")],
                body: .init(
                    contentType: "application/octet-stream",
                    limit: Self.payloadLimit,
                    schema: "Payload",
                    isRequired: true
                ),
                answer: .json("NewLetter"),
                refusals: [409: "The letter is not there, or cannot be given it."]
            ) { call in
                let payload = try await call.body()
                do throws(LetterDesk.Refusal) {
                    let new = try LetterDesk(spool: gateway.spool)
                        .edit(call.integer("id") ?? 0, payload: payload)
                    return Self.reply(Array("{\"id\":\(new)}".utf8))
                } catch {
                    throw HTTPError(.conflict, message: error.description)
                }
            },
            .post(
                "/v1/spool/requeue",
                "Sends letters again: those named, or the first of those a filter admits.",
                Self.filterParameters + [
                    .init("ids", .numbers(most: 500), "Numbers with commas between them."),
                    .init("after", .integer(0...Int64.max), "Behind the one with this number."),
                    .init("limit", .integer(0...1_000), "So many at most; 1000 without it."),
                ],
                answer: .json("Requeued")
            ) { call in
                let ids = try Self.letters(call, gateway.spool)
                let answer = SpoolReport.requeue(gateway.spool, ids)
                gateway.requeued()
                return Self.reply(answer)
            },
            .post(
                "/v1/spool/dead/purge",
                "Deletes the letters that a filter admits.",
                Self.filterParameters,
                answer: .json("Purged")
            ) { call in
                let count = try gateway.spool.purgeDeadLetters(try Self.letterFilter(call))
                return Self.reply(Array("{\"purged\":\(count)}".utf8))
            },
        ]
    }

    /// The letters meant: those named, or the first of those a filter admits.
    private static func letters(_ call: Call, _ spool: SpoolStore) throws -> [Int64] {
        if call.text("ids") != nil { return try call.integers("ids") }
        return try spool.deadLetters(
            try letterFilter(call),
            after: call.integer("after") ?? 0,
            limit: Int(call.integer("limit") ?? 1_000)
        ).map(\.id)
    }

    private static func letterFilter(_ call: Call) throws(HTTPError) -> LetterFilter {
        do throws(SpoolFilterError) {
            return try LetterFilter(
                code: call.text("code"),
                kind: call.text("kind"),
                policy: call.text("policy"),
                device: call.text("device"),
                input: call.text("input"),
                olderThanSeconds: call.number("older_than")
            )
        } catch {
            throw HTTPError(.badRequest, message: error.message)
        }
    }
}
