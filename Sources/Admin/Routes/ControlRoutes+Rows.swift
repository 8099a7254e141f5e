// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway
import Hummingbird
import Spool
import Vocabulary

/// What shows and changes rows of the spool.
extension ControlRoutes {
    private static let ages = 0.0...3.999e9

    private static var filterParameters: [Operation.Parameter] {
        [
            .init("kind", .words(EntryKind.allCases.map(\.name)), "Of this kind."),
            .init("priority", .words(Priority.allCases.map(\.name)), "Of this priority."),
            .init("policy", .text(most: 512), "Of this policy."),
            .init("device", .text(most: 512), "About this device."),
            .init("older_than", .number(ages), "At least so many seconds old."),
            .init("parked", .flag, "Only those that wait for a configuration, or the others."),
        ]
    }

    static var pageParameters: [Operation.Parameter] {
        [
            .init("after", .integer(0...Int64.max), "Behind the one with this number."),
            .init("limit", .integer(0...10_000), "So many at most; 100 without it."),
        ]
    }

    var rows: [Operation] {
        let gateway = gateway
        return [
            .get("/v1/spool/stats", "The spool in numbers.", answer: .json("SpoolStats")) { _ in
                Self.reply(try SpoolReport.stats(gateway.spool))
            },
            .get(
                "/v1/spool/rows",
                "Rows in their order of arrival, without their content.",
                Self.filterParameters + Self.pageParameters,
                answer: .json("Rows")
            ) { call in
                Self.reply(
                    try SpoolReport.rows(
                        gateway.spool,
                        filter: try Self.filter(call),
                        after: call.integer("after") ?? 0,
                        limit: Int(call.integer("limit") ?? 100)
                    )
                )
            },
            .get(
                "/v1/spool/rows/{id}",
                "One row with its content.",
                [.id("The row's number.")],
                answer: .json("Row"),
                refusals: [404: "There is no such row."]
            ) { call in
                let id = call.integer("id") ?? 0
                guard let row = try SpoolReport.row(gateway.spool, id) else {
                    throw HTTPError(.notFound, message: "there is no row \(id)")
                }
                return Self.reply(row)
            },
            .post(
                "/v1/spool/drain",
                "Looks at the backlog now, whatever its interval says.",
                answer: .json("SpoolStats")
            ) { _ in
                gateway.drainNow()
                return Self.reply(try SpoolReport.stats(gateway.spool))
            },
            .post(
                "/v1/spool/purge",
                "Deletes the rows that a filter admits.",
                Self.filterParameters,
                answer: .json("Purged")
            ) { call in
                let count = try gateway.spool.purge(try Self.filter(call))
                return Self.reply(Array("{\"purged\":\(count)}".utf8))
            },
            .post(
                "/v1/spool/backup",
                "Copies the spool into a file.",
                [.init("path", .text(most: 4_096), "An absolute path.", isRequired: true)],
                answer: .json("Copied"),
                refusals: [409: "The copy cannot be made."],
                isLocal: true
            ) { call in
                guard let path = call.text("path"), path.hasPrefix("/") else {
                    throw HTTPError(.badRequest, message: "`path` is an absolute path")
                }
                do throws(SpoolError) {
                    let bytes = try await gateway.spool.backUp(to: path)
                    return Self.reply(Array("{\"bytes\":\(bytes)}".utf8))
                } catch {
                    throw HTTPError(.conflict, message: error.description)
                }
            },
        ]
    }

    private static func filter(_ call: Call) throws(HTTPError) -> SpoolFilter {
        do throws(SpoolFilterError) {
            return try SpoolFilter(
                kind: call.text("kind"),
                priority: call.text("priority"),
                policy: call.text("policy"),
                device: call.text("device"),
                olderThanSeconds: call.number("older_than"),
                isParked: call.flag("parked")
            )
        } catch {
            throw HTTPError(.badRequest, message: error.message)
        }
    }
}
