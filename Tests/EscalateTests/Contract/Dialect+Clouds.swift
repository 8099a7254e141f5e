// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestKit
import Testing
import Vocabulary

@testable import Escalate

extension Dialect {
    static let prompt = try? QuestionTemplate("Values: {{x}}; the first is {{x.0}}.")

    static let openAI = Dialect(
        name: "openai",
        speaks: { _ in chat(azure: nil) },
        path: "/chat/completions",
        rows: chatRows,
        reply: { completion($0, isTurned: false) },
        reordered: { completion($0, isTurned: true) },
        lacking: [
            "{}", #"{"choices":[]}"#, #"{"choices":[{"index":0}]}"#,
            #"{"choices":[{"index":0,"message":{"role":"assistant","content":null}}]}"#,
            #"{"choices":[{"index":0,"message":{"content":"{\"other\":1}"}}]}"#,
            #"{"choices":[{"finish_reason":"length","message":{"content":"ok"}}]}"#,
            #"{"choices":[{"message":{"content":"ok","refusal":"I will not"}}]}"#,
        ],
        modelFailures: [
            (
                FakeCloud.Reply(
                    status: 400,
                    body: #"{"error":{"message":"too long","code":"context_length_exceeded"}}"#
                ), true
            ),
            (
                FakeCloud.Reply(
                    status: 400,
                    body:
                        #"{"error":{"message":"no logprobs here","code":"unsupported_parameter"}}"#
                ), false
            ),
            (
                FakeCloud.Reply(
                    status: 429,
                    body: #"{"error":{"message":"no money","code":"insufficient_quota"}}"#
                ), false
            ),
        ],
        retried: [408, 429, 500, 502, 503, 504]
    )

    static let azureOpenAI: Dialect = {
        var dialect = openAI
        dialect.name = "azure-openai"
        dialect.speaks = { _ in chat(azure: "2024-10-21") }
        dialect.path = "/openai/deployments/wear/chat/completions?api-version=2024-10-21"
        dialect.shows = "api-key"
        return dialect
    }()

    private static func chat(azure version: String?) -> CloudSpeech {
        guard let prompt else { return .openInference(isBinary: false) }
        return .chat(
            ChatOptions(instructions: "You judge bearings.", prompt: prompt, azureVersion: version)
        )
    }

    @Sendable private static func chatRows(_ request: FakeCloud.Request) throws -> [[Double]] {
        let messages = try #require(try json(request)["messages"]?.list)
        let text = try #require(messages.last?["content"]?.text)
        let list = try #require(text.split(separator: ";").first).dropFirst("Values: ".count)
        return [
            try #require(ReplyJSON(parsing: Array(list.utf8)).list).map { try #require($0.number) }
        ]
    }

    /// A completion whose label is spelled by two tokens, of which the first is sure of it.
    private static func completion(_ answers: [Spoken], isTurned: Bool) -> FakeCloud.Reply {
        let answer = answers[0]
        let share = Double(answer.confidence).flatMap { $0.isFinite ? $0 : nil }
        let logprob = share.map { String(log($0)) } ?? answer.confidence
        let (first, rest) = (answer.label.prefix(1), answer.label.dropFirst())
        let tokens = [
            #"{"token":"{\"label\":\"","logprob":-0.5}"#,
            #"{"token":"\#(first)","logprob":\#(logprob),"bytes":null}"#,
            #"{"token":"\#(rest)","logprob":0,"bytes":[\#(rest.utf8.map(String.init).joined(separator: ","))]}"#,
            #"{"token":"\"}","logprob":-0.25}"#,
        ].joined(separator: ",")
        let message =
            #""message":{"role":"assistant","content":"{\"label\":\"\#(answer.label)\"}"}"#
        let logprobs = #""logprobs":{"content":[\#(tokens)],"refusal":null}"#
        let choice =
            isTurned
            ? "{\(logprobs),\"finish_reason\":\"stop\",\(message),\"index\":0}"
            : "{\"index\":0,\(message),\(logprobs),\"finish_reason\":\"stop\"}"
        return FakeCloud.Reply(
            body: #"{"id":"c","object":"chat.completion","model":"gpt","choices":[\#(choice)]}"#
        )
    }

    static let sageMaker = Dialect(
        name: "sagemaker",
        speaks: { _ in .sageMaker(.instances(InstancesOptions())) },
        path: "/endpoints/wear/invocations",
        rows: kserve.rows,
        reply: kserve.reply,
        reordered: kserve.reordered,
        lacking: kserve.lacking,
        modelFailures: awsFailures,
        retried: [408, 429, 500, 502, 503, 504],
        shows: "aws"
    )

    private static var awsFailures: [(reply: FakeCloud.Reply, isQuestionsFault: Bool)] {
        let types = [("Validation", false), ("Throttling", false)]
        return [400, 415, 500].map { status in
            let body = #"{"Message":"it failed","OriginalStatusCode":\#(status)}"#
            return (
                FakeCloud.Reply(
                    status: 424,
                    headers: [("x-amzn-ErrorType", "ModelError:http://x")],
                    body: body
                ), status < 500
            )
        }
            + types.map { type, isFault in
                (
                    FakeCloud.Reply(
                        status: 400,
                        headers: [("x-amzn-ErrorType", "\(type)Exception")],
                        body: #"{"message":"no"}"#
                    ), isFault
                )
            }
    }

    static let sageMakerCSV: Dialect = {
        var dialect = sageMaker
        let places = AnswerPlaces(
            label: JSONPointer(steps: ["0"]),
            confidence: JSONPointer(steps: ["1"])
        )
        dialect.name = "sagemaker, csv"
        dialect.speaks = { _ in .sageMaker(.csv(places)) }
        dialect.rows = { request in
            request.body.split(separator: "\n").map {
                $0.split(separator: ",").compactMap { Double($0) }
            }
        }
        dialect.reply = { answers in
            let lines = answers.map { "\($0.label),\($0.confidence.filter { $0 != "\"" })\n" }
            return FakeCloud.Reply(headers: [("Content-Type", "text/csv")], body: lines.joined())
        }
        dialect.reordered = nil
        dialect.lacking = ["", "\n\n"]
        return dialect
    }()

    static let vertex = Dialect(
        name: "vertex-ai",
        speaks: { _ in .vertex(project: "p", location: "eu", InstancesOptions()) },
        path: "/v1/projects/p/locations/eu/endpoints/wear:predict",
        rows: kserve.rows,
        reply: kserve.reply,
        reordered: kserve.reordered,
        lacking: kserve.lacking,
        modelFailures: [
            (googleFailure("INVALID_ARGUMENT"), true),
            (googleFailure("FAILED_PRECONDITION"), false),
        ],
        retried: [408, 429, 500, 502, 503, 504],
        shows: "google"
    )

    private static func googleFailure(_ status: String) -> FakeCloud.Reply {
        FakeCloud.Reply(
            status: 400,
            body: #"{"error":{"code":400,"message":"no","status":"\#(status)","details":[]}}"#
        )
    }

    static let azureML = Dialect(
        name: "azure-ml",
        speaks: { _ in .azureML(.table(AnswerPlaces())) },
        path: "/score",
        version: "blue",
        rows: { request in
            let table = try #require(try json(request)["input_data"])
            try #require(table["columns"]?.list == [.text("x_0"), .text("x_1")])
            return try numbers(table["data"])
        },
        reply: { FakeCloud.Reply(body: "[\(predictions($0))]") },
        reordered: { FakeCloud.Reply(body: "[\(predictions($0, turned: true))]") },
        lacking: ["{}", "[]", "null"],
        modelFailures: ["400", "500"].map { status in
            (
                FakeCloud.Reply(
                    status: 424,
                    headers: [("ms-azureml-model-error-statuscode", status)]
                ),
                status == "400"
            )
        },
        retried: [429, 502, 503, 504]
    )

    static let mqtt = Dialect(
        name: "mqtt",
        speaks: { _ in .openInference(isBinary: false) },
        path: "models/wear/ask",
        rows: kserve.rows,
        reply: kserve.reply,
        reordered: kserve.reordered,
        lacking: kserve.lacking,
        modelFailures: [(FakeCloud.Reply(status: 400, body: #"{"error":"bad shape"}"#), true)],
        shows: "nothing"
    )

    static let template = Dialect(
        name: "template",
        speaks: { _ in
            guard let body = try? QuestionTemplate(#"{"key":"{{key}}","v":{{x}}}"#) else {
                return .openInference(isBinary: false)
            }
            let places = AnswerPlaces(
                label: JSONPointer(steps: ["answers", "0", "a/b"]),
                confidence: JSONPointer(steps: ["sure~"])
            )
            return .template(TemplateOptions(body: body, places: places))
        },
        path: "/any/where?v=1",
        rows: { request in
            [try #require(json(request)["v"]?.list).map { try #require($0.number) }]
        },
        reply: {
            FakeCloud.Reply(
                body: #"{"sure~":\#($0[0].confidence),"answers":[{"a/b":"\#($0[0].label)"}]}"#
            )
        },
        reordered: {
            FakeCloud.Reply(
                body:
                    #"{"answers":[{"a/b":"\#($0[0].label)"}],"x":[],"sure~":\#($0[0].confidence)}"#
            )
        },
        lacking: [
            "{}", #"{"answers":[]}"#, #"{"answers":{"0":{}}}"#, #"{"answers":[{"a/b":"ok"}]}"#,
        ],
        modelFailures: [(FakeCloud.Reply(status: 400, body: #"{"detail":"bad shape"}"#), true)]
    )
}
