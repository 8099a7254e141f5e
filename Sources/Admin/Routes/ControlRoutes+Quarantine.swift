// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway
import Hummingbird
import Spool

/// What shows damaged rows, puts them back and deletes them.
extension ControlRoutes {
    private static var ids: Operation.Parameter {
        .init("ids", .numbers(most: 500), "Numbers with commas between them.", isRequired: true)
    }

    var quarantine: [Operation] {
        let spool = gateway.spool
        return [
            .get(
                "/v1/spool/quarantine",
                "Rows that were set aside because they are damaged, newest first.",
                [
                    .init("before", .integer(1...Int64.max), "Before the one with this number."),
                    .init("limit", .integer(0...10_000), "So many at most; 100 without it."),
                ],
                answer: .json("DamagedRows")
            ) { call in
                Self.reply(
                    try SpoolReport.quarantine(
                        spool,
                        before: call.integer("before") ?? .max,
                        limit: Int(call.integer("limit") ?? 100)
                    )
                )
            },
            .get(
                "/v1/spool/quarantine/{id}",
                "One damaged row with what is left of it.",
                [.id("Its number in quarantine.")],
                answer: .json("DamagedRow"),
                refusals: [404: "There is no such row."]
            ) { call in
                let id = call.integer("id") ?? 0
                guard let row = try SpoolReport.quarantined(spool, id) else {
                    throw HTTPError(.notFound, message: "there is no row \(id) in quarantine")
                }
                return Self.reply(row)
            },
            .post(
                "/v1/spool/quarantine/release",
                "Puts damaged rows back into the spool: those that are whole, or all that are named.",
                [Self.ids, .init("unchecked", .flag, "Those that fail their check, too.")],
                answer: .json("Released")
            ) { call in
                let ids = try call.integers("ids")
                return Self.reply(
                    try SpoolReport.release(spool, ids, unchecked: call.flag("unchecked") ?? false)
                )
            },
            .post(
                "/v1/spool/quarantine/purge",
                "Deletes damaged rows.",
                [Self.ids],
                answer: .json("Purged")
            ) { call in
                let count = try spool.purge(quarantined: try call.integers("ids"))
                return Self.reply(Array("{\"purged\":\(count)}".utf8))
            },
        ]
    }
}
