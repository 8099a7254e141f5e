// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import FoundationEssentials
import Spool
import TestKit
import Testing
import Trace
import Vocabulary

@testable import Gateway

/// Reads every byte that left and looks for what may not (G8).
@Suite(.timeLimit(.minutes(1))) struct PrivacyTests {
    private static let policy = """
        policy: press
        match: { topic: plant/+line/press }
        reading:
          format: json
          device: "{line}"
          time: ts
          sequence: n
          fields:
            force: { path: force, type: number }
            wave: { path: wave }
            want: { path: want, type: text }
            serial: { path: serial, type: text, required: false }
            secret: { path: secret, type: number, required: false }
        model: pulse
        escalate: [central]
        deadline: 10s
        let: { twice: secret * 2.0, marked: 'serial + "!"', precise: force * 3.0 }
        rules:
          - name: ask
            when: 'want == "ask" && serial != "" && device != "" && line != "" && twice > 0.0
              && marked != "" && precise > 0.0 && force > 0.0 && secret > 0.0 && payload.secret > 0.0
              && topic != ""'
            route: escalate
            fallback: act_provisionally
        otherwise: { route: act, provisional: true }
        actions:
          - name: tell
            webhook: { url: "http://127.0.0.1:9/hook" }
          - name: write
            webhook: { url: "http://127.0.0.1:9/own" }
            payload: '{"s":"{{serial}}","d":"{{device}}","l":"{{line}}","f":{{force}}}'
        privacy: { send: [force, wave], hash: [serial, device, line], round: { force: 0.5, wave: 0.25 } }
        """

    @Test func `nothing leaves that the policy does not let out (G8)`() async throws {
        let cloud = try FakeCloud { request in
            request.method == "GET"
                ? FakeCloud.Reply(body: "{}")
                : FakeCloud.inference(labels: ["fine", "fault"]) { _ in "fault" }(request)
        }
        defer { cloud.stop() }
        var files = Presses.files
        files["Policies/press/policy.yaml"] = Self.policy
        files["sluice.yaml"] = try Presses.configuration
            .replacing(once: "http://127.0.0.1:9", with: cloud.url)
            .replacing(
                once: "inputs: { x: [force] }",
                with: "inputs: { x: [force, mean(wave)] }, labels: [fine, fault]"
            )
        let rig = try Rig(files)
        let trace = rig.folder.path + "/outbound.jsonl"
        _ = try rig.parts.recorder.start(
            RecordingRequest(path: trace, scope: .outbound)
        )
        rig.parts.escalate.start()
        defer { rig.parts.escalate.stop() }
        var path: MessagePath? = rig.path()
        // Every message has its own marks, which stand for themselves wherever they turn up.
        let count = 30
        var marks: [String] = []
        for number in 1...count {
            let (line, serial) = ("LINE\(number)q", "SERIAL\(number)q")
            let secret = 7_770_000 + number
            let force = Double(number) + 0.372_25
            marks += [line, serial, "\(secret)", "\(2 * secret)", "\(force)", "\(3 * force)"]
            marks += ["0.12345"]
            path?.receive(
                rig.burst(
                    #"{"n":\#(number),"ts":1700000000000,"force":\#(force),"wave":[0.12345,0.6],"#
                        + #""want":"\#(number % 2 == 0 ? "ask" : "act")","serial":"\#(serial)","#
                        + #""secret":\#(secret)}"#,
                    on: "plant/\(line)/press"
                )
            )
        }
        // Those that are asked about call last, so that all questions have left then, several in a request.
        for _ in 0..<2_000 where rig.web.bodies.count < 2 * count {
            try await Task.sleep(for: .milliseconds(2))
        }
        rig.parts.recorder.flush()
        path = nil
        let asked = cloud.requests.map { request in
            request.path + request.headers.map { "\($0.key): \($0.value)\n" }.joined()
                + request.body
        }
        let traced = String(
            decoding: try #require(FileManager.default.contents(atPath: trace)),
            as: UTF8.self
        )
        let left = asked + rig.web.bodies + [traced]
        #expect(!cloud.requests(to: "/infer").isEmpty && rig.web.bodies.count == 2 * count)
        for text in left {
            for mark in marks where text.contains(mark) {
                Issue.record("`\(mark)` left the site in: \(text.prefix(400))")
            }
        }
        // What may leave did, as it may: the same hash for the same name, and whole steps.
        let serial = rig.parts.key.pseudonym("SERIAL2q")
        let line = rig.parts.key.pseudonym("LINE2q")
        #expect(
            rig.web.bodies.contains {
                $0.contains(#""s":"\#(serial)","d":"\#(line)","l":"\#(line)","f":2.5"#)
            }
        )
        #expect(traced.contains(serial))
        // The local broker is inside: it hears the whole.
        #expect(rig.publisher.bodies.allSatisfy { !$0.contains("777000") })
    }
}
