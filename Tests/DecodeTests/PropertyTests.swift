// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Foundation
import Testing
import Vocabulary

@Suite struct `Numbers` {
    private func number(_ text: String) throws -> Double {
        guard case .number(let number) = try tree(text) else { return .nan }
        return number
    }

    @Test(arguments: [
        "0", "-0", "1", "0.1", "123.456", "9007199254740993", "9007199254740992.5",
        "0.30000000000000004", "1.7976931348623157e308", "4.9e-324", "2.2250738585072011e-308",
        "5e-325", "1e22", "1e23", "8.5e22", "123456789012345678901234567890", "0.000001",
        "1.00000000000000011102230246251565", "7205759403792793200001e-5", "1e-22", "1e-23",
        "18446744073709551615", "18446744073709551616", "9999999999999999999", "3.0e-19",
        "1000000000000000000000000000000e-30", "0.0000000000000000000000000000000001", "0e999",
    ])
    func `are those the standard library reads`(text: String) throws {
        let value = try number(text)
        #expect(value == Double(text), "\(text)")
        #expect(value.sign == Double(text)?.sign)
    }

    @Test func `are correctly rounded, whatever their digits`() throws {
        var random = Seeded(state: 1)
        for _ in 0..<20_000 {
            let digits = Int.random(in: 1...22, using: &random)
            var text = String(Int.random(in: 1...9, using: &random))
            for _ in 1..<max(2, digits) { text += String(Int.random(in: 0...9, using: &random)) }
            let point = Int.random(in: 1...text.count, using: &random)
            if point < text.count {
                text.insert(".", at: text.index(text.startIndex, offsetBy: point))
            }
            if Bool.random(using: &random) {
                text += "e\(Int.random(in: -40...40, using: &random))"
            }
            let value = try number(text)
            #expect(value == Double(text), "\(text)")
        }
    }

    @Test func `written by printf and description read back the same`() throws {
        var random = Seeded(state: 2)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            #expect(try number("\(value)") == value)
            #expect(try number(String(format: "%.17g", value)) == value)
            let plain = Double.random(in: -1000...1000, using: &random)
            #expect(try number("\(plain)") == plain)
        }
    }
}

@Suite struct `The scanner and Foundation` {
    @Test func `agree on random JSON`() throws {
        var random = Seeded(state: 3)
        for _ in 0..<3_000 {
            let text = RandomJSON.text(depth: 4, using: &random)
            let bytes = Array(text.utf8)
            let ours = try tree(bytes)
            let theirs = try JSONSerialization.jsonObject(
                with: Data(bytes),
                options: .fragmentsAllowed
            )
            let isSame = ours.matches(JSONValue(foundation: theirs))
            #expect(isSame, "\(text)")
        }
    }

    @Test func `agree on mutated JSON, or the scanner is the stricter`() throws {
        var random = Seeded(state: 4)
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = Array(RandomJSON.text(depth: 3, using: &random).utf8)
            Mutation.apply(to: &bytes, using: &random)
            let theirs = try? JSONSerialization.jsonObject(
                with: Data(bytes),
                options: .fragmentsAllowed
            )
            do throws(DecodeError) {
                let ours = try tree(bytes)
                accepted += 1
                let same = theirs.map { JSONValue(foundation: $0) } ?? .null
                let isSame = theirs != nil && ours.matches(same)
                #expect(isSame, "\(String(decoding: bytes, as: UTF8.self))")
            } catch {
                let isStricter: Bool =
                    switch error.code {
                    // Foundation takes the first or last of two, other encodings, and any number.
                    case .duplicateMember, .encoding, .numberRange, .empty: true
                    default: theirs == nil || bytes.contains(0)
                    }
                #expect(isStricter, "\(error): \(String(decoding: bytes, as: UTF8.self))")
            }
        }
        #expect(accepted > 1_000)
    }

    @Test func `Decoder and tree accept the same texts`() throws {
        var random = Seeded(state: 5)
        var bench = try Bench(
            fields: [
                ReadingSpec.Field(name: "a", path: "a", isRequired: false),
                ReadingSpec.Field(name: "b", path: "b.c[1]", isRequired: false),
            ],
            time: "d",
            sequence: "e"
        )
        for _ in 0..<20_000 {
            var bytes = Array(RandomJSON.text(depth: 3, using: &random).utf8)
            Mutation.apply(to: &bytes, using: &random)
            bench.batch.reset()
            let error = bench.error(bytes)
            let isTree = (try? tree(bytes)) != nil
            switch error?.code {
            case nil:
                #expect(bench.batch.count == 1)
                if !isTree {
                    #expect(throws: DecodeError.self) { try tree(bytes) }
                }
            // These are the policy's wishes, not JSON's.
            case .wrongKind, .time, .sequence, .duplicateMember: break
            default: #expect(!isTree)
            }
        }
    }

    @Test func `Random bytes never crash it`() throws {
        var random = Seeded(state: 6)
        var bench = try Bench(
            fields: [ReadingSpec.Field(name: "a", path: "a")],
            each: "r",
            device: "{payload.id}",
            time: "t",
            sequence: "n"
        )
        let alphabet = Array("{}[]\",:\\u0dD8cabrtn019.-+eE \u{e9}ftrul".utf8) + [0, 0xFF, 0xC3]
        for _ in 0..<50_000 {
            let count = Int.random(in: 0...40, using: &random)
            let bytes = (0..<count).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            bench.batch.reset()
            _ = bench.error(bytes)
            _ = try? tree(bytes)
        }
    }
}
