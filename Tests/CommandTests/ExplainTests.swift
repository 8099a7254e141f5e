// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Testing

@testable import sluice

/// The shipped command itself, in a process of its own.
@Suite struct `The command explains` {
    private let folder =
        FileManager.default.temporaryDirectory.path
        + "/sluice-explain-\(UInt64.random(in: 0...(.max)))"

    private func write(_ name: String, _ text: String) throws {
        let file = URL(filePath: "\(folder)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try Data(text.utf8).write(to: file)
    }

    /// Runs the binary beside the tests in the folder; its exit status and all that it printed.
    private func run(_ words: [String]) throws -> (status: Int32, text: String) {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let binary = URL(filePath: tests).deletingLastPathComponent().path + "/sluice"
        try #require(FileManager.default.isExecutableFile(atPath: binary))
        let output = "\(folder)/output"
        try? FileManager.default.removeItem(atPath: output)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var arguments: [UnsafeMutablePointer<CChar>?] =
            (["env", "-C", folder, binary, "explain"] + words).map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let result = posix_spawnp(&process, "env", &actions, nil, &arguments, environ)
        try #require(result == 0)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let text = FileManager.default.contents(atPath: output) ?? Data()
        return ((status >> 8) & 0xFF, String(decoding: text, as: UTF8.self))
    }

    private func makeSite() throws {
        try write("sluice.yaml", site)
        try write("models/pulse/1/model.yaml", model)
        try write("Policies/press/policy.yaml", policy)
        try write("message.json", #"{"n":7,"ts":1700000000000,"force":3.5}"#)
    }

    @Test func `a message, and a decision out of the log, with no gateway running`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try makeSite()
        let facts = "cloud.up=true,cloud.p95=84ms,deadline.left=203ms,label=worn,confidence=0.71"
        let message = ["--policy", "press", "--payload", "message.json"]
        let rehearsed = try run(message + ["--with", facts])
        #expect(rehearsed.status == 0)
        let json = try run(message + ["--json"])
        let parts = json.text.split(separator: #""policy_version" : ""#)
        let version = String(try #require(parts.last).prefix(12))
        try write("decisions.jsonl", lines.split(separator: "VERSION").joined(separator: version))
        let logged = try run(["7f3a"])
        #expect(logged.status == 0)
        try expectSnapshot("text-explain", rehearsed.text + "\n----\n" + logged.text)
    }

    @Test func `a message that completes a window of those before it`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try makeSite()
        let windowed = "detector: { type: robust-z, feature: mean(force), warm_up: 1000000 }"
        try write(
            "models/pulse/1/model.yaml",
            "kind: detector\n\(windowed)\nwindow: { count: 3, hop: 1 }\nlabels: [fine, fault]\n"
        )
        let message = ["--policy", "press", "--payload", "message.json"]
        let alone = try run(message)
        #expect(alone.status == 1)
        #expect(
            alone.text == "sluice: the payload completes no window of model `pulse`, which gathers "
                + "3 readings of a device: give the messages before it, oldest first, with `--before`\n"
        )
        let line = #"{"n":5,"ts":1699999998000,"force":3.5}"#
        try write("one.jsonl", "\n" + line + "\n")
        let few = try run(message + ["--before", "one.jsonl"])
        #expect(few.status == 1)
        #expect(few.text.contains("it came after 1 messages"))
        let other = #"{"n":6,"ts":1699999999000,"force":9}"#
        try write("two.jsonl", "plant/4/press \(line)\r\nplant/4/press \(other)\n")
        let whole = try run(message + ["--before", "two.jsonl", "--topic", "plant/4/press"])
        #expect(whole.status == 0)
        #expect(whole.text.contains("fine"))
        // The device of another topic is another one.
        #expect(
            try run(message + ["--before", "two.jsonl", "--topic", "plant/5/press"]).status == 1
        )
        try write("bad.jsonl", line + "\n{\n")
        let bad = try run(message + ["--before", "bad.jsonl"])
        #expect(bad.status == 1)
        #expect(bad.text.contains("message 2: the payload does not decode"))
        #expect(try run(["7f3a", "--before", "two.jsonl"]).status == 64)
    }

    @Test func `lists the decisions that a prefix fits, and says what it cannot do`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try makeSite()
        try write("decisions.jsonl", lines)
        let several = try run(["7"])
        #expect(several.status == 1)
        #expect(several.text.contains("2 decisions begin with 7:"))
        #expect(several.text.contains("1 lines cannot be read"))
        #expect(several.text.contains("7f3a91c200000000000000000000000a"))
        #expect(try run(["0"]).status == 1)
        #expect(try run(["xyz"]).status == 64)
        #expect(try run(["7f", "--log", "none.jsonl"]).status == 1)
        let elsewhere = ["7f3a", "--config", "none.yaml"]
        #expect(try run(elsewhere + ["--log", "decisions.jsonl"]).status == 0)
        #expect(try run(elsewhere).status == 78)
        let message = ["--policy", "press", "--payload", "message.json"]
        #expect(try run(message + ["--topic", "x"]).status == 1)
    }

    private let site = """
        site: { name: plant-4 }
        broker: { url: mqtt://127.0.0.1:1883 }
        inputs: [{ name: presses, topics: ["plant/+/press"] }]
        models: { path: models }
        policies: { path: Policies }
        cloud: { central: { url: http://127.0.0.1:9, models: { press: { model: large, inputs: { x: [force] } } } } }
        spool: { path: spool.sqlite }
        decisions: { log: decisions.jsonl }
        """

    private let model = """
        kind: detector
        detector: { type: robust-z, feature: force, warm_up: 1000000 }
        labels: [fine, fault]
        """

    private let policy = """
        policy: press
        match: { topic: plant/+line/press }
        reading:
          device: "{line}"
          time: ts
          sequence: n
          fields: { force: { path: force, type: number } }
        model: pulse
        escalate: [central]
        deadline: 250ms
        let: { strong: "force > 5.0 || score >= 0.9" }
        rules:
          - { name: sure, when: strong && !model.failed, route: act }
          - { name: ask, when: cloud.up && cloud.p95 < deadline.left, route: escalate, fallback: act_provisionally }
          - { name: full, when: queue.fill > 0.9, route: drop }
        otherwise: { route: act, provisional: true }
        actions: [{ name: bell, when: label == "fault", publish: { topic: "alerts/{line}" }, max_age: 10m }]
        privacy: { send: [force] }
        """

    private let lines = #"""
        {"logged":"2026-11-20T10:00:00Z","decision_id":"70000000000000000000000000000001","revision":0,"policy":"press","policy_version":"000000000000","device":"4","time":"2026-11-20T10:00:00Z","rule":"full","route":"drop","standing":"final","latency_ms":0.4}
        damaged
        {"logged":"2026-11-20T10:00:01Z","decision_id":"7f3a91c200000000000000000000000a","revision":0,"policy":"press","policy_version":"VERSION","device":"4","sequence":12,"time":"2026-11-20T10:00:01Z","rule":"ask","route":"escalate","fallback":"act_provisionally","standing":"provisional","label":"fine","confidence":0.71,"score":0.83,"model":"pulse/1","latency_ms":203.4,"observed":{"force":"3.5","score":"0.83","strong":"false","model.failed":"false","cloud.up":"true","cloud.p95":"duration(\"84ms\")","deadline.left":"duration(\"203ms\")"},"ahead":{"queue.fill":"0.2"},"finding":{"model":"pulse/1","stage":1,"latency_ms":0.4,"label":"fine","confidence":0.71,"score":0.83,"calibration":{"map":"isotonic","score":"max","date":"2026-11-19","samples":4120}},"threshold":{"value":0.88,"bound":0.02,"certainty":0.95,"samples":812,"cloud":"large/2","tuned":"2026-11-19"},"deadline":{"total_ms":250,"left_ms":203},"cloud":{"up":true,"p50_ms":40,"p95_ms":84,"samples":100,"in_flight":2,"breaker":"closed","budget_left":1},"bound":{"estimate":0.011,"upper":0.018,"samples":420,"broken":false}}
        {"logged":"2026-11-20T10:00:02Z","decision_id":"7f3a91c200000000000000000000000a","revision":1,"policy":"press","policy_version":"VERSION","device":"4","time":"2026-11-20T10:00:01Z","rule":"ask","route":"escalate","standing":"corrected","label":"fault","confidence":0.98,"model":"large/2","endpoint":"central/press","latency_ms":361,"answer":{"label":"fault","confidence":0.98,"endpoint":"central/press","model":"large/2","latency_ms":261},"actions":[{"name":"bell","target":"alerts/4"}]}

        """#
}
