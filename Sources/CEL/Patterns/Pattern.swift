// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A regular expression compiled to a nondeterministic automaton (Thompson 1968; Cox 2007).
///
/// All states are walked at once, so that matching takes time linear in the text whatever the
/// pattern is; groups are not captured, because `matches` asks only whether.
struct Pattern: Sendable {
    enum Instruction: Sendable {
        case set(Int)
        case assertion(PatternAssertion)
        /// Goes on at both places.
        case split(Int, Int)
        case jump(Int)
        case match
    }

    private let program: [Instruction]
    private let sets: [CharacterSet]

    /// How many instructions every code point may have to be shown to.
    var instructionCount: Int { program.count }

    /// Compiles a pattern in RE2's syntax.
    ///
    /// - Throws: `pattern` where it is malformed, unsupported or too large.
    init(_ source: String) throws(EvaluationError) {
        var parser = try PatternParser(source)
        var compiler = PatternCompiler()
        try compiler.add(try parser.parse())
        compiler.program.append(.match)
        program = compiler.program
        sets = compiler.sets
    }

    /// Whether the pattern matches anywhere in the text; the frame pays for the walk.
    func matches(_ text: String, in frame: Frame) throws(EvaluationError) -> Bool {
        try frame.charge(Cost.match(bytes: text.utf8.count, instructions: program.count))
        return matches(text)
    }

    func matches(_ text: String) -> Bool {
        var current = Threads(capacity: program.count)
        var next = Threads(capacity: program.count)
        var before: UInt32?
        var scalars = text.unicodeScalars.makeIterator()
        var after = scalars.next()?.value
        while true {
            // A match may begin at every place.
            if add(0, to: &current, before, after) { return true }
            guard let scalar = after else { return false }
            after = scalars.next()?.value
            next.removeAll()
            for place in current.list {
                guard case .set(let set) = program[place], sets[set].contains(scalar) else {
                    continue
                }
                if add(place + 1, to: &next, scalar, after) { return true }
            }
            swap(&current, &next)
            before = scalar
        }
    }

    /// Adds a place and all it leads to without reading; true where that is a match.
    private func add(
        _ start: Int,
        to threads: inout Threads,
        _ before: UInt32?,
        _ after: UInt32?
    ) -> Bool {
        threads.open.append(start)
        while let place = threads.open.popLast() {
            guard threads.insert(place) else { continue }
            switch program[place] {
            case .match:
                threads.open.removeAll()
                return true
            case .jump(let target): threads.open.append(target)
            case .split(let first, let second):
                threads.open.append(second)
                threads.open.append(first)
            case .assertion(let assertion):
                if assertion.holds(before: before, after: after) { threads.open.append(place + 1) }
            case .set: threads.list.append(place)
            }
        }
        return false
    }

    /// The places the automaton is in.
    private struct Threads {
        var list: [Int] = []
        var open: [Int] = []
        private var seen: [UInt32]
        private var round: UInt32 = 1

        init(capacity: Int) {
            seen = Array(repeating: 0, count: capacity)
        }

        mutating func insert(_ place: Int) -> Bool {
            guard seen[place] != round else { return false }
            seen[place] = round
            return true
        }

        mutating func removeAll() {
            list.removeAll(keepingCapacity: true)
            round &+= 1
            if round == 0 {
                seen = Array(repeating: 0, count: seen.count)
                round = 1
            }
        }
    }
}

/// Lays a pattern's tree out as instructions.
struct PatternCompiler {
    var program: [Pattern.Instruction] = []
    var sets: [CharacterSet] = []
    /// Repeating what is empty makes no instruction and yet must end.
    private var steps = 0

    mutating func add(_ node: PatternNode) throws(EvaluationError) {
        steps += 1
        guard steps <= Limits.patternInstructions else { throw .patternTooLarge }
        switch node {
        case .empty: break
        case .set(let set):
            let known = sets.suffix(16).lastIndex(of: set)
            if known == nil { sets.append(set) }
            try append(.set(known ?? sets.count - 1))
        case .assertion(let assertion): try append(.assertion(assertion))
        case .sequence(let nodes):
            for node in nodes {
                try add(node)
            }
        case .choice(let branches): try add(choice: branches)
        case .repetition(let node, let minimum, let maximum):
            for _ in 0..<minimum {
                try add(node)
            }
            guard let maximum else { return try add(loop: node) }
            try add(optional: node, count: maximum - minimum)
        }
    }

    private mutating func append(_ instruction: Pattern.Instruction) throws(EvaluationError) {
        guard program.count < Limits.patternInstructions else {
            throw .patternTooLarge
        }
        program.append(instruction)
    }

    private mutating func add(choice branches: [PatternNode]) throws(EvaluationError) {
        var exits: [Int] = []
        for branch in branches.dropLast() {
            let split = program.count
            try append(.jump(0))
            try add(branch)
            exits.append(program.count)
            try append(.jump(0))
            program[split] = .split(split + 1, program.count)
        }
        if let last = branches.last { try add(last) }
        for exit in exits {
            program[exit] = .jump(program.count)
        }
    }

    private mutating func add(loop node: PatternNode) throws(EvaluationError) {
        let split = program.count
        try append(.jump(0))
        try add(node)
        try append(.jump(split))
        program[split] = .split(split + 1, program.count)
    }

    /// `count` nested options: each may be the last.
    private mutating func add(optional node: PatternNode, count: Int) throws(EvaluationError) {
        var splits: [Int] = []
        for _ in 0..<count {
            splits.append(program.count)
            try append(.jump(0))
            try add(node)
        }
        for split in splits {
            program[split] = .split(split + 1, program.count)
        }
    }
}
