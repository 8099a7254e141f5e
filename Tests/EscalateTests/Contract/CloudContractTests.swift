// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import HTTP
import TestKit
import Testing
import Vocabulary

@testable import Escalate

/// What every cloud protocol keeps, each against a server that speaks it.
@Suite struct `Contract of the cloud protocols` {
    /// A server that says `fault` where the first value is positive.
    private func oracle(_ dialect: Dialect) -> @Sendable (FakeCloud.Request) -> FakeCloud.Reply {
        { request in
            guard let rows = try? dialect.rows(request) else {
                return FakeCloud.Reply(status: 400, body: #"{"error":"cannot read it"}"#)
            }
            return dialect.reply(rows.map { .init(label: $0[0] > 0 ? "fault" : "ok") })
        }
    }

    private func words(_ result: Result<CloudAnswers, CallFailure>) -> [String] {
        switch result {
        case .failure(let failure): ["failed: \(failure.message)"]
        case .success(let answers):
            answers.answers.map { answer in
                switch answer {
                case .success(let answer):
                    answer.label
                        + (answer.confidence.map { " \(($0 * 1000).rounded() / 1000)" } ?? "")
                case .failure(let refusal): "refused: \(refusal.message)"
                }
            }
        }
    }

    private func failure(_ result: Result<CloudAnswers, CallFailure>) throws -> CallFailure {
        guard case .failure(let failure) = result else {
            throw Unexpected(description: "an answer: \(words(result))")
        }
        return failure
    }

    private struct Unexpected: Error, CustomStringConvertible { var description: String }

    @Test(arguments: Dialect.all)
    func `asks one question and reads its answer`(dialect: Dialect) async throws {
        let rig = try await ContractRig(dialect, respond: oracle(dialect))
        let values: [Float] = [0.5, -1e-7]
        var question = question(1, values: values)
        question.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        #expect(words(await rig.ask([question])) == ["fault 0.875"])
        let asked = try #require(rig.asked.first)
        #expect(rig.asked.count == 1)
        #expect(asked.method == "POST")
        #expect(asked.path == dialect.path)
        let sent = try dialect.rows(asked)
        #expect(sent.count == 1)
        #expect(sent.first.map { $0.map { Float($0) } } == values)
        #expect(asked.headers["idempotency-key"] == "00000000000000070000000000000001:0:ask")
        #expect(asked.headers["traceparent"] == question.traceparent)
    }

    @Test(arguments: Dialect.all)
    func `asks several at once where it can carry them`(dialect: Dialect) async throws {
        let rig = try await ContractRig(dialect, respond: oracle(dialect))
        let most = rig.options.maximumQuestions
        #expect(most == 1 || most > 1_000)
        guard most > 1 else { return }
        let questions = (0..<5).map { question($0, values: [$0 % 2 == 0 ? -1 : 1, Float($0)]) }
        let wanted = ["ok", "fault", "ok", "fault", "ok"].map { $0 + " 0.875" }
        #expect(words(await rig.ask(questions)) == wanted)
        #expect(rig.asked.count == 1)
        let key = rig.asked.first?.headers["idempotency-key"]
        #expect(key?.hasPrefix("batch:") == true)
    }

    @Test(arguments: Dialect.all)
    func `refuses a label that is none, and that answer alone`(dialect: Dialect) async throws {
        let rig = try await ContractRig(dialect) { request in
            let count = (try? dialect.rows(request).count) ?? 0
            return dialect.reply((0..<count).map { .init(label: $0 == 0 ? "weird" : "fault") })
        }
        let count = min(2, rig.options.maximumQuestions)
        let found = words(await rig.ask((0..<count).map { question(UInt64($0)) }))
        #expect(found.first == "refused: `weird` is none of the endpoint's labels")
        #expect(found.dropFirst().allSatisfy { $0 == "fault 0.875" })
        #expect(found.count == count)
    }

    @Test(arguments: Dialect.all)
    func `refuses a confidence that is none`(dialect: Dialect) async throws {
        for nonsense in ["\"NaN\"", "7.5", "null", "\"0.5\"", "[]", "1e999"] {
            // A comma-separated or binary number has no quotes and no brackets.
            if dialect.name.contains(","), nonsense == "\"0.5\"" || nonsense == "[]" { continue }
            // Tensors are flat: a list among the numbers has none of them.
            if dialect.name == "open-inference", nonsense == "[]" { continue }
            let rig = try await ContractRig(dialect) { _ in
                dialect.reply([.init(label: "ok", confidence: nonsense)])
            }
            let found = words(await rig.ask([question(1)]))
            #expect(found.count == 1)
            #expect(found[0].hasPrefix("refused: a "), "\(nonsense): \(found)")
        }
    }

    @Test(arguments: Dialect.all)
    func `takes the parts of a reply in any order`(dialect: Dialect) async throws {
        guard let reordered = dialect.reordered else { return }
        let rig = try await ContractRig(dialect) { _ in reordered([.init(label: "fault")]) }
        #expect(words(await rig.ask([question(1)])) == ["fault 0.875"])
    }

    @Test(arguments: Dialect.all)
    func `refuses a reply that lacks something`(dialect: Dialect) async throws {
        for lacking in dialect.lacking {
            let rig = try await ContractRig(dialect) { _ in FakeCloud.Reply(body: lacking) }
            switch await rig.ask([question(1)]) {
            case .success(let answers):
                #expect(
                    words(.success(answers)).allSatisfy { $0.hasPrefix("refused: ") },
                    "\(lacking)"
                )
            case .failure(let failure):
                #expect(failure.kind == .refused && failure.isRepeatable, "\(lacking): \(failure)")
            }
        }
    }

    @Test(arguments: Dialect.all)
    func `refuses garbage, and as many answers as there were questions`(
        dialect: Dialect
    ) async throws {
        let whole = dialect.reply([.init(label: "ok")])
        var cut = whole
        cut.bytes = Array(whole.bytes.prefix(whole.bytes.count * 2 / 3))
        let twice = dialect.reply([.init(label: "ok"), .init(label: "ok")])
        var replies = [
            FakeCloud.Reply(body: "<html>\u{0}{["), FakeCloud.Reply(body: ""), cut,
            FakeCloud.Reply(body: String(repeating: "[", count: 60_000)),
            FakeCloud.Reply(body: String(repeating: #"{"a":"#, count: 10_000)),
            FakeCloud.Reply(body: "\u{FEFF}\u{FEFF}nul"),
        ]
        if dialect.name != "sagemaker, csv", rigCarriesSeveral(dialect) { replies.append(twice) }
        if dialect.name == "sagemaker, csv" { replies.remove(at: 2) }
        for reply in replies {
            let rig = try await ContractRig(dialect) { _ in reply }
            let found = words(await rig.ask([question(1)]))
            #expect(
                found.allSatisfy { $0.hasPrefix("refused: ") || $0.hasPrefix("failed: ") },
                "\(String(decoding: reply.bytes.prefix(80), as: UTF8.self)): \(found)"
            )
        }
    }

    private func rigCarriesSeveral(_ dialect: Dialect) -> Bool {
        !["openai", "azure-openai", "template"].contains(dialect.name)
    }

    @Test(arguments: Dialect.all)
    func `takes no reply that is too large, and does not ask for it again`(
        dialect: Dialect
    ) async throws {
        let rig = try await ContractRig(dialect) { _ in
            FakeCloud.Reply(body: String(repeating: " ", count: 70_000))
        }
        let failure = try failure(await rig.ask([question(1)]))
        #expect(failure.kind == .refused)
        #expect(!failure.isRetryable)
    }

    @Test(arguments: Dialect.all)
    func `a reply that is cut is a failure that may pass`(dialect: Dialect) async throws {
        let rig = try await ContractRig(dialect) { _ in
            var reply = dialect.reply([.init(label: "ok")])
            reply.cutAfter = dialect.usesBroker ? 20 : 60
            return reply
        }
        let failure = try failure(await rig.ask([question(1)]))
        #expect(failure.isRetryable && failure.isRepeatable, "\(failure)")
    }

    @Test(arguments: Dialect.all)
    func `knows which failures may pass`(dialect: Dialect) async throws {
        for status in [400, 404, 408, 429, 500, 502, 503, 504] {
            let rig = try await ContractRig(dialect) { _ in
                FakeCloud.Reply(
                    status: status,
                    headers: status == 429 ? [("Retry-After", "7")] : [],
                    body: #"{"error":{"message":"said so"}}"#
                )
            }
            let failure = try failure(await rig.ask([question(1)]))
            #expect(failure.isRetryable == dialect.retried.contains(status), "\(status)")
            #expect(failure.isRepeatable == (status != 400), "\(status): \(failure)")
            #expect(failure.retryAfter == (status == 429 ? .seconds(7) : nil))
            if status == 429 { #expect(failure.countsAs == .neither) }
        }
    }

    @Test(arguments: Dialect.all)
    func `tells the model's own failure from the service's`(dialect: Dialect) async throws {
        for (reply, isQuestionsFault) in dialect.modelFailures {
            let rig = try await ContractRig(dialect) { _ in reply }
            let failure = try failure(await rig.ask([question(1)]))
            #expect(failure.isRepeatable == !isQuestionsFault, "\(failure)")
            #expect((failure.kind == .refused) == isQuestionsFault, "\(failure)")
        }
    }

    @Test(arguments: Dialect.all)
    func `sends nothing that is not a number`(dialect: Dialect) async throws {
        let rig = try await ContractRig(dialect, respond: oracle(dialect))
        let failure = try failure(await rig.ask([question(1, values: [1, .nan])]))
        #expect(!failure.isRepeatable)
        #expect(rig.asked.isEmpty)
    }
}
