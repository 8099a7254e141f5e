// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Logging
import Vocabulary

@testable import Gateway

/// A folder with everything a gateway reads, which goes when the value does.
final class SiteFolder: Sendable {
    let path: String

    /// Writes the files, by their paths inside the folder.
    init(_ files: [String: String]) throws {
        path =
            FileManager.default.temporaryDirectory.path
            + "/site-\(UInt64.random(in: 0...(.max)))"
        for (name, text) in files { try write(name, text) }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ name: String, _ text: String) throws {
        let file = "\(path)/\(name)"
        let folder = String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)])
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        try Data(text.utf8).write(to: URL(filePath: file))
    }

    func check() -> CheckFindings {
        CheckedSite.check(configuration: path + "/sluice.yaml", logger: silence)
    }

    /// The diagnostics as a person sees them, the folder's own path left out.
    func shown(_ diagnostics: [Diagnostic]) -> [String] {
        diagnostics.map { diagnostic in
            var diagnostic = diagnostic
            let prefix = path + "/"
            if diagnostic.file.hasPrefix(prefix) {
                diagnostic.file.removeFirst(prefix.count)
            }
            return diagnostic.rendered().split(separator: prefix, omittingEmptySubsequences: false)
                .joined()
        }
    }
}

let silence = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A site of presses: the payload's `want` says which rule holds.
enum Presses {
    static let configuration = """
        site: { name: plant-4 }
        broker: { url: mqtt://127.0.0.1:1883 }
        inputs:
          - { name: presses, topics: ["plant/+/press"] }
        models: { path: models }
        policies: { path: Policies }
        cloud:
          central:
            url: http://127.0.0.1:9
            models:
              press: { model: press-large, inputs: { x: [force] } }
        spool: { path: spool.sqlite }
        """

    /// Says `fine` of everything until it has seen a great many readings.
    static let model = """
        kind: detector
        detector: { type: robust-z, feature: force, warm_up: 1000000 }
        labels: [fine, fault]
        """

    static let policy = """
        policy: press
        match: { topic: plant/+line/press }
        reading:
          device: "{line}"
          time: ts
          sequence: n
          fields:
            force: { path: force, type: number }
            want: { path: want, type: text }
            serial: { path: serial, type: text, required: false }
            secret: { path: secret, type: number, required: false }
        model: pulse
        escalate: [central]
        deadline: 250ms
        rules:
          - { name: ask, when: 'want == "ask"', route: escalate, fallback: act_provisionally }
          - { name: wait, when: 'want == "wait"', route: escalate, fallback: defer }
          - { name: forget, when: 'want == "forget"', route: escalate, fallback: drop }
          - { name: later, when: 'want == "later"', route: defer, priority: low }
          - { name: never, when: 'want == "never"', route: drop }
          - { name: soon, when: 'want == "soon"', route: act, provisional: true }
        otherwise: { route: act }
        actions:
          - name: note
            when: want != "quiet"
            publish: { topic: "notes/{line}" }
          - name: bell
            when: label == "fault"
            publish: { topic: "alerts/{line}" }
            max_age: 10m
        privacy: { send: [force] }
        """

    static var files: [String: String] {
        [
            "sluice.yaml": configuration,
            "models/pulse/1/model.yaml": model,
            "Policies/press/policy.yaml": policy,
        ]
    }

    /// The files, with `old` in the policy replaced.
    static func changing(_ old: String, to new: String) throws -> [String: String] {
        var files = files
        files["Policies/press/policy.yaml"] = try policy.replacing(once: old, with: new)
        return files
    }

    /// The payload of press reading number `number`.
    static func payload(_ number: Int, want: String = "act", force: Double = 3.5) -> String {
        #"{"n":\#(number),"ts":1700000000000,"force":\#(force),"want":"\#(want)","#
            + #""serial":"S-77","secret":4711}"#
    }
}

extension String {
    /// The text with `old`, which must be there once, replaced.
    func replacing(once old: String, with new: String) throws -> String {
        let parts = split(separator: old, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw NotThereOnce(text: old) }
        return parts.joined(separator: new)
    }
}

struct NotThereOnce: Error {
    var text: String
}
