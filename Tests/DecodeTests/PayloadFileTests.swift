// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Foundation
import Testing
import Vocabulary

/// Payloads as devices and platforms publish them, with the values that must be found.
///
/// The files are not part of the repository: they are looked for beside it, or where
/// `SLUICE_PAYLOADS` says; without them the test is skipped.
enum PayloadFiles {
    static let folder =
        ProcessInfo.processInfo.environment["SLUICE_PAYLOADS"] ?? "../shared/data/payloads"

    static var records: [[String: Any]] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".jsonl") }.flatMap { name in
            let text = (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? ""
            return text.split(separator: "\n").compactMap { line in
                try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            }
        }
    }
}

@Suite struct `Payloads of the field` {
    @Test(
        .enabled(
            if: !PayloadFiles.records.isEmpty,
            "no payload files beside the repository or in SLUICE_PAYLOADS"
        )
    )
    func `give the values they are documented with`() throws {
        var payloads = 0
        var values = 0
        for record in PayloadFiles.records {
            guard let type = record["content_type"] as? String, type.hasSuffix("json"),
                let payload = record["payload"] as? String
            else { continue }
            guard let expected = record["expected"] as? [String: Any] else {
                #expect(throws: DecodeError.self, "\(record["id"] ?? "")") { try tree(payload) }
                continue
            }
            payloads += 1
            for (pointer, value) in expected {
                var bench = try Bench(
                    fields: [
                        ReadingSpec.Field(
                            name: "v",
                            path: Self.path(pointer),
                            isRequired: false
                        )
                    ]
                )
                try bench.decode(payload)
                let wanted: FieldValue =
                    switch JSONValue(foundation: value) {
                    case .number(let number): .number(number)
                    case .string(let text): .text(text)
                    case .bool(let flag): .flag(flag)
                    default: .absent
                    }
                #expect(bench.batch[0, 0] == wanted, "\(record["id"] ?? "") \(pointer)")
                values += 1
            }
        }
        #expect(payloads > 10 && values > 40)
    }

    /// A JSON pointer (RFC 6901) as a field's path.
    private static func path(_ pointer: String) -> String {
        pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { step in
            let name = step.replacingOccurrences(of: "~1", with: "/")
                .replacingOccurrences(of: "~0", with: "~")
            return Int(name) == nil ? "[\"\(name)\"]" : "[\(name)]"
        }.joined()
    }
}
