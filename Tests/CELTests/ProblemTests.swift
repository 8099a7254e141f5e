// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Testing

@Suite struct ProblemTests {
    @Test func `names an unknown variable, its place and what was meant`() throws {
        let problem = try #require(problems("confidnce >= threshold").first)
        #expect(problem.message == "unknown variable `confidnce`")
        #expect(problem.hint == "did you mean `confidence`?")
        #expect(problem.offset == 0)
        #expect(problem.length == 9)
    }

    @Test func `suggests the members of a namespace`() throws {
        let near = try #require(problems("cloud.up && cloud.p59 < deadline.left").first)
        #expect(near.message == "unknown variable `cloud.p59`")
        #expect(near.hint == "did you mean `cloud.p95`?")
        #expect(near.offset == 12)
        let far = try #require(problems("cloud.weather > 1").first)
        #expect(far.hint == "there are `cloud.p95`, `cloud.up`")
    }

    @Test func `names the types that fit no overload`() throws {
        let sum = try #require(problems("1 + label == 'x'").first)
        #expect(sum.message == "no matching overload for int + string")
        #expect(sum.hint == "convert the other side with `string()`")
        let product = try #require(problems("confidence * 2 > 1.0").first)
        #expect(product.message == "no matching overload for double * int")
        #expect(product.hint == "write `2.0`")
        let method = try #require(problems("label.startsWith(1)").first)
        #expect(method.message == "no matching overload for string.startsWith(int)")
    }

    @Test func `names unknown functions and how known ones are called`() throws {
        let unknown = try #require(problems("sise(label) > 3").first)
        #expect(unknown.message == "unknown function `sise`")
        #expect(unknown.hint == "did you mean `size`?")
        #expect(unknown.length == 4)
        #expect(problems("contains(label, 'a')").first?.hint == "write `x.contains(…)`")
        #expect(problems("'5'.int() == 5").first?.hint == "write `int(x)`")
    }

    @Test func `reports several problems at once, in order`() {
        let found = problems("confidnce >= threshold && lable == 'x' && size(1, 2) > 0")
        #expect(found.map(\.offset) == [0, 26, 42])
        let mixed = problems("confidnce >= (threshold && [1, , 2].exists(x, x > lable)")
        #expect(mixed.count >= 3)
        #expect(mixed.contains { $0.message == "unknown variable `lable`" })
    }

    @Test func `explains half operators and words for them`() throws {
        #expect(problems("label = 'x'").map(\.hint) == ["compare with `==`"])
        #expect(problems("cloud.up and cloud.up").map(\.hint) == ["write `&&`"])
        #expect(problems("cloud.p95 < 250ms").first?.hint == "write `duration(\"250ms\")`")
        #expect(problems("confidence >").first?.message == "expected an expression, found the end")
    }

    @Test func `finds unusable literals before the run`() throws {
        #expect(problems("label.matches('(')").first?.offset == 14)
        #expect(problems("now < timestamp('yesterday')").count == 1)
        #expect(problems("cloud.p95 < duration('5 parsecs')").count == 1)
    }

    @Test func `wants a condition to be true or false`() {
        #expect(problems("confidence").first?.message == "expected bool, found double")
        #expect(problems("payload.anything").isEmpty)
    }

    @Test func `says what is left out`() {
        #expect(problems("Thing{a: 1} == payload").first?.message == "messages are not supported")
        #expect(
            problems("payload.?a == 1").first?.message == "optional fields are not supported"
        )
    }

    @Test(arguments: [
        "", "(", ")", "a.", "[1,", "{1:", "'open", "1 +", "? :", "`", "\u{0}", "has()", "x.all()",
        "0x", "1e999", "\"\\q\"", "99999999999999999999", "[].map(1, 2)", "a b c", "..", "-", "!",
    ])
    func `gives a problem for a broken source`(source: String) {
        #expect(!problems(source).isEmpty)
    }

    @Test func `bounds depth, length and the number of problems`() {
        let deep =
            String(repeating: "(", count: 100_00) + "1" + String(repeating: ")", count: 10_000)
        #expect(problems(deep).first?.message.contains("nested") == true)
        let minuses = String(repeating: "-(", count: 10_000)
        #expect(!problems(minuses).isEmpty)
        let chain = "1" + String(repeating: " + 1", count: 5_000) + " > 0"
        #expect(problems(chain).first?.message.contains("nested") == true)
        let long = String(repeating: "a", count: Limits.sourceLength + 1)
        #expect(problems(long).first?.message.contains("longer") == true)
        let many = Array(repeating: "x", count: 100).joined(separator: " || ")
        #expect(problems(many).count == Limits.problems)
    }

    @Test func `takes long chains of conditions`() {
        let chain = Array(repeating: "cloud.up", count: 2_000).joined(separator: " && ")
        #expect(problems(chain).isEmpty)
    }
}
