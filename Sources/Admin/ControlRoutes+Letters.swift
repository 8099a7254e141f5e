// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway
import Hummingbird
import Logging
import Spool
import Vocabulary

extension ControlRoutes {
    /// The longest payload a letter is given.
    private static let payloadLimit = 16 << 20

    /// What shows and changes dead letters and single rows, and what copies the spool.
    func addLetters(to router: Router<BasicRequestContext>) {
        let (gateway, logger) = (gateway, logger)
        router.get("/v1/spool/dead") { request, _ in
            let query = request.uri.queryParameters
            return Self.reply(
                try SpoolReport.letters(
                    gateway.spool,
                    filter: try Self.letterFilter(query),
                    after: query.get("after", as: Int64.self) ?? 0,
                    limit: min(query.get("limit", as: Int.self) ?? 100, 10_000),
                    whole: query["whole"] == "true"
                )
            )
        }
        router.get("/v1/spool/dead/{id}") { _, context in
            let id = try context.parameters.require("id", as: Int64.self)
            guard let letter = try SpoolReport.letter(gateway.spool, id) else {
                throw HTTPError(.notFound, message: "there is no dead letter \(id)")
            }
            return Self.reply(letter)
        }
        router.get("/v1/spool/rows/{id}") { _, context in
            let id = try context.parameters.require("id", as: Int64.self)
            guard let row = try SpoolReport.row(gateway.spool, id) else {
                throw HTTPError(.notFound, message: "there is no row \(id)")
            }
            return Self.reply(row)
        }
        router.post("/v1/spool/dead/{id}/edit") { request, context in
            let id = try context.parameters.require("id", as: Int64.self)
            let body = try await request.body.collect(upTo: Self.payloadLimit)
            logger.notice(
                "a dead letter edited through the control socket",
                metadata: ["id": "\(id)"]
            )
            do throws(LetterDesk.Refusal) {
                let new = try LetterDesk(spool: gateway.spool)
                    .edit(id, payload: Array(body.readableBytesView))
                return Self.reply(Array("{\"id\":\(new)}".utf8))
            } catch {
                throw HTTPError(.conflict, message: error.description)
            }
        }
        router.post("/v1/spool/requeue") { request, _ in
            let query = request.uri.queryParameters
            let ids = try Self.letters(query, gateway.spool)
            logger.notice(
                "dead letters sent again through the control socket",
                metadata: ["letters": "\(ids.count)"]
            )
            let answer = SpoolReport.requeue(gateway.spool, ids)
            gateway.requeued()
            return Self.reply(answer)
        }
        router.post("/v1/spool/dead/purge") { request, _ in
            let filter = try Self.letterFilter(request.uri.queryParameters)
            let count = try gateway.spool.purgeDeadLetters(filter)
            logger.notice(
                "dead letters purged through the control socket",
                metadata: ["letters": "\(count)"]
            )
            return Self.reply(Array("{\"purged\":\(count)}".utf8))
        }
        router.post("/v1/spool/backup") { request, _ in
            guard let path = request.uri.queryParameters["path"].map(String.init),
                path.hasPrefix("/")
            else { throw HTTPError(.badRequest, message: "`path` is an absolute path") }
            logger.notice("a backup asked for through the control socket")
            do throws(SpoolError) {
                let bytes = try await gateway.spool.backUp(to: path)
                return Self.reply(Array("{\"bytes\":\(bytes)}".utf8))
            } catch {
                throw HTTPError(.conflict, message: error.description)
            }
        }
    }

    /// The letters meant: those named, or the first of those a filter admits.
    private static func letters(_ query: Parameters, _ spool: SpoolStore) throws -> [Int64] {
        if let text = query["ids"] {
            let ids = text.split(separator: ",").map { Int64($0) }
            guard !ids.isEmpty, !ids.contains(nil) else {
                throw HTTPError(.badRequest, message: "`ids` are numbers with commas between them")
            }
            return ids.compactMap(\.self)
        }
        let limit = min(query.get("limit", as: Int.self) ?? 1_000, 1_000)
        let filter = try letterFilter(query)
        let after = query.get("after", as: Int64.self) ?? 0
        return try spool.deadLetters(filter, after: after, limit: limit).map(\.id)
    }

    private static func letterFilter(_ query: Parameters) throws -> LetterFilter {
        do throws(SpoolFilterError) {
            return try LetterFilter(
                code: query["code"].map(String.init),
                kind: query["kind"].map(String.init),
                policy: query["policy"].map(String.init),
                device: query["device"].map(String.init),
                input: query["input"].map(String.init),
                olderThanSeconds: query.get("older_than", as: Double.self)
            )
        } catch {
            throw HTTPError(.badRequest, message: error.message)
        }
    }
}
