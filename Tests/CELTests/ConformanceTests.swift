// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Foundation
import Testing

/// Runs the half of the public conformance suite that lies beside the repository.
@Suite struct ConformanceTests {
    /// What has been reached, and is held.
    static let held = 573

    private static let file: URL? = {
        var folder = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        for _ in 0..<3 {
            let file = folder.appendingPathComponent("shared/data/cel/conformance_half.jsonl")
            if FileManager.default.isReadableFile(atPath: file.path) { return file }
            folder.deleteLastPathComponent()
        }
        return nil
    }()

    private static let hasZones = FileManager.default.fileExists(
        atPath: "/usr/share/zoneinfo/UTC"
    )

    @Test(
        .enabled(if: file != nil, "shared/data/cel/conformance_half.jsonl is not here"),
        .enabled(if: hasZones, "no time-zone database is installed")
    )
    func `passes as many conformance cases as it ever has`() throws {
        let file = try #require(ConformanceTests.file)
        let text = try String(contentsOf: file, encoding: .utf8)
        var passed = 0
        var failures: [String: [String]] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let row = try ConformanceCase(line: line)
            if let failure = ConformanceTests.failure(row) {
                failures[row.section, default: []].append(failure)
            } else {
                passed += 1
            }
        }
        for (section, failures) in failures.sorted(by: { $0.key < $1.key }) {
            print("\(section): \(failures.count) failed")
            for failure in failures {
                print("  \(failure)")
            }
        }
        print("CEL conformance: \(passed) cases pass")
        #expect(passed >= ConformanceTests.held)
    }

    /// What is wrong with the row's result, or nil.
    private static func failure(_ row: ConformanceCase) -> String? {
        let undeclared = row.bindings.keys.filter { name in
            !row.types.contains { $0.name == name }
        }
        let environment = Environment(
            variables: row.types + undeclared.sorted().map { ($0, .dyn) },
            container: row.container,
            zones: .system,
            checksTypes: !row.disablesCheck
        )
        let compilation = environment.compile(row.expression, expecting: nil)
        let frame = environment.makeFrame()
        for (name, value) in row.bindings {
            if let slot = environment.slot(of: name) { frame.set(slot, value) }
        }
        guard let program = compilation.program else {
            guard row.expected != nil else { return nil }
            return "\(row.id): \(compilation.problems)"
        }
        do {
            let value = try program.evaluate(frame)
            guard let expected = row.expected else { return "\(row.id): no error but \(value)" }
            return same(value, expected) ? nil : "\(row.id): \(value), not \(expected)"
        } catch {
            return row.expected == nil ? nil : "\(row.id): \(error)"
        }
    }

    private static func same(_ left: Value, _ right: Value) -> Bool {
        if case .double(let left) = left, case .double(let right) = right {
            return left == right || left.isNaN && right.isNaN
        }
        return left == right
    }
}
