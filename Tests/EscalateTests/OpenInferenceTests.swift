// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Escalate

@Suite struct OpenInferenceTests {
    private func cloud(
        labels: [String]? = ["ok", "fault"],
        outputs: OutputNames = OutputNames(),
        version: String? = nil
    ) -> CloudService {
        CloudService.openInference(
            EndpointOptions(
                name: "central",
                url: "http://x/",
                model: "bear ing/1",
                modelVersion: version,
                labels: labels,
                outputs: outputs
            ),
            isBinary: false
        )
    }

    private func labels(
        of reply: String,
        count: Int = 1,
        cloud: CloudService? = nil
    ) throws -> [String] {
        let questions = (0..<count).map { question(UInt64($0)) }
        let cloud = cloud ?? self.cloud()
        let answers = try cloud.answers(in: CloudReply(body: Array(reply.utf8)), to: questions)
            .answers
        return answers.map { answer in
            switch answer {
            case .success(let answer):
                answer.label + (answer.confidence.map { " \($0)" } ?? "")
            case .failure(let refusal): "refused: \(refusal.message)"
            }
        }
    }

    private func refusal(of reply: String, count: Int = 1, cloud: CloudService? = nil) -> String? {
        do throws(CallFailure) {
            let questions = (0..<count).map { question(UInt64($0)) }
            _ = try (cloud ?? self.cloud())
                .answers(in: CloudReply(body: Array(reply.utf8)), to: questions)
            return nil
        } catch {
            return error.message
        }
    }

    @Test func `writes one question under its own key`() throws {
        let request = try cloud(outputs: OutputNames(label: "la\"bel")).request(for: [
            question(1, values: [1, -0.5, 1e-7])
        ])
        let key = "00000000000000070000000000000001:0:ask"
        #expect(request.url == "http://x/v2/models/bear%20ing%2F1/infer")
        #expect(request.headers.contains { $0 == ("Idempotency-Key", key) })
        #expect(
            String(decoding: request.body, as: UTF8.self) == """
                {"id":"\(key)","inputs":[{"name":"x","shape":[1,3],"datatype":"FP32",\
                "data":[1.0,-0.5,1e-07]}],"outputs":[{"name":"la\\"bel"}]}
                """
        )
    }

    @Test func `writes several as a batch, their keys with it`() throws {
        let request = try cloud(version: "3").request(for: [question(1), question(2)])
        let body = String(decoding: request.body, as: UTF8.self)
        let keys = "00000000000000070000000000000001:0:ask,00000000000000070000000000000002:0:ask"
        #expect(request.url == "http://x/v2/models/bear%20ing%2F1/versions/3/infer")
        #expect(body.contains(#""parameters":{"sluice_keys":"\#(keys)"}"#))
        #expect(body.contains(#""shape":[2,2],"datatype":"FP32","data":[1.0,2.0,1.0,2.0]"#))
        #expect(body.hasPrefix(#"{"id":"batch:"#))
    }

    @Test func `writes a frame in its own shape`() throws {
        var frame = question(1, values: [1, 2, 3, 4, 5, 6])
        frame.outbound.tensors[0].dimensions = [3, 1, 2]
        let request = try cloud().request(for: [frame, frame])
        let body = String(decoding: request.body, as: UTF8.self)
        #expect(body.contains(#""shape":[2,3,1,2],"datatype":"FP32","data":[1.0,2.0,3.0"#))
    }

    @Test func `gives each batch a key of its own, the same each time`() {
        #expect(RequestKey.of(["a", "b"]) == RequestKey.of(["a", "b"]))
        let keys = [["a", "b"], ["b", "a"], ["ab", ""], ["a", "b", "c"], ["a,b", "c"]]
        #expect(Set(keys.map(RequestKey.of)).count == keys.count)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func `sends nothing that is not a number`(value: Float) {
        #expect(throws: CallFailure.self) {
            try cloud().request(for: [question(1, values: [1, value])])
        }
    }

    @Test func `takes the label output, text or number, and its probability`() throws {
        let text = """
            {"outputs":[{"name":"l","datatype":"BYTES","shape":[2],"data":["fault","ok"]},
            {"name":"p","datatype":"FP32","shape":[2,2],"data":[0.25,0.75,0.5,0.5]}]}
            """
        #expect(try labels(of: text, count: 2) == ["fault 0.75", "ok 0.5"])
        let number = """
            {"outputs":[{"name":"l","datatype":"INT64","shape":[2,1],"data":[[1],[0]]},
            {"name":"p","datatype":"FP64","shape":[2,2],"data":[[0.25,0.75],[0.5,0.5]]}]}
            """
        #expect(try labels(of: number, count: 2) == ["fault 0.75", "ok 0.5"])
    }

    @Test func `takes the largest probability where there is no label`() throws {
        let reply = """
            {"outputs":[{"name":"p","datatype":"FP32","shape":[2],"data":[0.125,0.875]}]}
            """
        #expect(try labels(of: reply) == ["fault 0.875"])
    }

    @Test func `keeps to the outputs it was told`() throws {
        let reply = """
            {"outputs":[{"name":"q","datatype":"BYTES","shape":[1],"data":["nonsense"]},
            {"name":"l","datatype":"BYTES","shape":[1],"data":["ok"]}]}
            """
        #expect(try labels(of: reply, cloud: cloud(outputs: .init(label: "l"))) == ["ok"])
        let message = refusal(of: reply, cloud: cloud(outputs: .init(label: "z")))
        #expect(message == "the reply has no output `z`")
    }

    @Test func `takes any label where none are configured`() throws {
        let reply = #"{"outputs":[{"name":"l","datatype":"BYTES","shape":[1],"data":["new"]}]}"#
        #expect(try labels(of: reply, cloud: cloud(labels: nil)) == ["new"])
    }

    @Test func `refuses one answer alone when its label is unknown`() throws {
        let reply = """
            {"outputs":[{"name":"l","datatype":"BYTES","shape":[2],"data":["ok","bad"]}]}
            """
        let answers = try labels(of: reply, count: 2)
        #expect(answers == ["ok", "refused: `bad` is none of the endpoint's labels"])
        let number = #"{"outputs":[{"name":"l","datatype":"INT64","shape":[1],"data":[7]}]}"#
        #expect(try labels(of: number) == ["refused: label 7 is none of the endpoint's labels"])
    }

    @Test(arguments: ["null", "1.5", "-0.2", "\"0.5\"", "[0.5]"])
    func `refuses a probability that is none`(value: String) throws {
        let reply =
            #"{"outputs":[{"name":"p","datatype":"FP32","shape":[1,2],"data":[0.5,\#(value)]}]}"#
        if value == "[0.5]" {
            #expect(try labels(of: reply) == ["ok 0.5"])
        } else {
            #expect(
                try labels(of: reply) == ["refused: a probability is not a number from 0 to 1"]
            )
        }
    }

    @Test(arguments: [
        "", "<html>", "[]", "{}", #"{"outputs":{}}"#, #"{"outputs":[]}"#, #"{"outputs":[1]}"#,
        #"{"outputs":[{"name":"p","datatype":"FP32","shape":[1,2]}]}"#,
        #"{"outputs":[{"name":"p","datatype":"FP32","shape":[1,2],"data":[0.5]}]}"#,
        #"{"outputs":[{"name":"p","datatype":"FP32","shape":[1,3],"data":[0.1,0.2,0.7]}]}"#,
        #"{"outputs":[{"name":"p","datatype":"FP32","shape":[-1,2],"data":[0.5,0.5]}]}"#,
        #"{"outputs":[{"name":"p","datatype":"FP32","shape":["1",2],"data":[0.5,0.5]}]}"#,
        #"{"outputs":[{"name":"p","datatype":"FP32","shape":[4294967296,4294967296],"data":[]}]}"#,
        #"{"outputs":[{"name":"l","datatype":"BYTES","shape":[2],"data":["ok","ok"]}]}"#,
        #"{"outputs":[{"name":"l","datatype":"BYTES","shape":[0],"data":[]}]}"#,
        #"{"outputs":[{"name":"l","datatype":"BOOL","shape":[1],"data":[true]}]}"#,
    ])
    func `refuses a reply that makes no sense, and says why`(reply: String) {
        #expect(refusal(of: reply)?.isEmpty == false)
    }

    @Test func `another question's answer is none, and one without a name is taken`() throws {
        func reply(_ id: String) -> String {
            #"{\#(id)"outputs":[{"name":"l","datatype":"BYTES","shape":[1],"data":["ok"]}]}"#
        }
        let own = question(0).key.description
        #expect(try labels(of: reply(#""id":"\#(own)","#)) == ["ok"])
        #expect(try labels(of: reply(#""id":"","#)) == ["ok"])
        #expect(try labels(of: reply("")) == ["ok"])
        let others = refusal(of: reply(#""id":"\#(question(1).key.description)","#))
        #expect(others == "the reply's `id` is another request's")
    }

    @Test func `passes on what a server complains about, bounded and printable`() {
        let body = #"{"error":"no\nsuch\u0000model\#(String(repeating: "x", count: 500))"}"#
        let complaint = CloudReply(body: Array(body.utf8)).complaint
        #expect(complaint?.hasPrefix("no such model") == true)
        #expect(complaint?.count == 200)
        #expect(CloudReply(body: Array("<html>".utf8)).complaint == nil)
    }

    @Test func `never repeats what it has shown of itself`() {
        let body = Array(#"{"error":{"message":"bad key 'open-sesame', sorry"}}"#.utf8)
        let reply = CloudReply(body: body, secrets: ["Bearer open-sesame", "open-sesame"])
        #expect(reply.complaint == "bad key '***', sorry")
    }
}
