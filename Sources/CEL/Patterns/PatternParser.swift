// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Reads RE2's syntax (google/re2, "Syntax"): no back-references, no look-around.
struct PatternParser {
    private static let maximumRepeats = 1_000
    private static let maximumDepth = 100

    let source: [Unicode.Scalar]
    var position = 0
    var flags = Flags()
    private var depth = 0

    struct Flags {
        var ignoresCase = false
        var isMultiline = false
        var dotTakesNewline = false
    }

    init(_ source: String) throws(EvaluationError) {
        self.source = Array(source.unicodeScalars.prefix(Limits.patternLength + 1))
        guard self.source.count <= Limits.patternLength else {
            throw .pattern("it is longer than \(Limits.patternLength) characters")
        }
    }

    mutating func parse() throws(EvaluationError) -> PatternNode {
        let node = try choice()
        guard position == source.count else { throw .pattern("unexpected `)`") }
        return node
    }

    func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        position + ahead < source.count ? source[position + ahead] : nil
    }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == scalar else { return false }
        position += 1
        return true
    }

    func node(_ set: CharacterSet) -> PatternNode {
        .set(flags.ignoresCase ? set.ignoringCase : set)
    }

    private mutating func choice() throws(EvaluationError) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= PatternParser.maximumDepth else { throw .pattern("it is nested too deeply") }
        var branches: [PatternNode] = [try sequence()]
        while take("|") {
            branches.append(try sequence())
        }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(EvaluationError) -> PatternNode {
        var nodes: [PatternNode] = []
        while let scalar = peek(), scalar != "|", scalar != ")" {
            let atom = try atom()
            nodes.append(try repeated(atom))
        }
        return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .empty : .sequence(nodes)
    }

    private mutating func repeated(_ atom: PatternNode) throws(EvaluationError) -> PatternNode {
        var node = atom
        var isRepeated = false
        while let (minimum, maximum) = try repetition() {
            guard !isRepeated else { throw .pattern("a repetition cannot be repeated") }
            isRepeated = true
            node = .repetition(node, minimum: minimum, maximum: maximum)
            // A lazy repetition matches the same texts.
            _ = take("?")
        }
        return node
    }

    private mutating func repetition() throws(EvaluationError) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard peek() == "{" else { return nil }
        let start = position
        position += 1
        // What is no count is literal text, as in RE2.
        guard let minimum = count() else {
            position = start
            return nil
        }
        var maximum: Int? = minimum
        if take(",") { maximum = peek() == "}" ? nil : count() ?? -1 }
        guard take("}"), maximum != -1 else {
            position = start
            return nil
        }
        guard minimum <= PatternParser.maximumRepeats, maximum ?? 0 <= PatternParser.maximumRepeats,
            minimum <= maximum ?? minimum
        else { throw .pattern("a count is out of order or above \(PatternParser.maximumRepeats)") }
        return (minimum, maximum)
    }

    private mutating func count() -> Int? {
        var value: Int?
        while let scalar = peek(), ("0"..."9").contains(scalar), value ?? 0 < 100_000 {
            value = (value ?? 0) * 10 + Int(scalar.value) - 0x30
            position += 1
        }
        return value
    }

    private mutating func atom() throws(EvaluationError) -> PatternNode {
        guard let scalar = peek() else { return .empty }
        position += 1
        switch scalar {
        case ".":
            let everything = CharacterSet.everything
            return .set(flags.dotTakesNewline ? everything : everything.removing(0x0A))
        case "^": return .assertion(flags.isMultiline ? .lineStart : .textStart)
        case "$": return .assertion(flags.isMultiline ? .lineEnd : .textEnd)
        case "[": return node(try bracket())
        case "(": return try group()
        case "\\": return try escape()
        case "*", "+", "?": throw .pattern("nothing to repeat before `\(scalar)`")
        default: return node(CharacterSet(scalar))
        }
    }

    private mutating func group() throws(EvaluationError) -> PatternNode {
        let outer = flags
        if take("?") {
            if take("P") || peek() == "<" {
                guard take("<"), peek() != "=", peek() != "!" else {
                    throw .pattern("look-around and back-references are not supported")
                }
                guard takeGroupName() else { throw .pattern("a group's name is malformed") }
            } else {
                let isGroup = try takeFlags()
                // Flags alone hold until the end of the enclosing group.
                guard isGroup else { return .empty }
            }
        }
        let node = try choice()
        flags = outer
        guard take(")") else { throw .pattern("`)` is missing") }
        return node
    }

    private mutating func takeGroupName() -> Bool {
        let start = position
        while let scalar = peek(), CharacterSet.words.contains(scalar.value) {
            position += 1
        }
        return position > start && take(">")
    }

    /// `i`, `m`, `s`, `U` and their opposites; true where `:` opens a group.
    private mutating func takeFlags() throws(EvaluationError) -> Bool {
        var isSet = true
        while let scalar = peek() {
            position += 1
            switch scalar {
            case "i": flags.ignoresCase = isSet
            case "m": flags.isMultiline = isSet
            case "s": flags.dotTakesNewline = isSet
            case "U": break
            case "-" where isSet: isSet = false
            case ":": return true
            case ")": return false
            case "=", "!": throw .pattern("look-around is not supported")
            default: throw .pattern("unknown flag `\(scalar)`")
            }
        }
        throw .pattern("`)` is missing")
    }
}

extension EvaluationError {
    static func pattern(_ reason: String) -> EvaluationError {
        EvaluationError(code: .pattern, message: "the pattern cannot be used", detail: reason)
    }

    static var patternTooLarge: EvaluationError {
        .pattern("it becomes larger than \(Limits.patternInstructions) instructions")
    }
}
