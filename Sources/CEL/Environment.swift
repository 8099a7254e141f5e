// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The variables conditions may use, with their types; compiles sources against them.
///
/// A variable's position in the list is its slot in a ``Frame`` and in ``Program/variables``.
public struct Environment: Sendable {
    /// The names in slot order; they may be dotted, such as `cloud.p95`.
    public let names: [String]
    /// The types in slot order.
    public let types: [CELType]
    /// The namespace in which names are looked up first, or an empty text.
    public let container: String
    /// Where rules of named time zones come from.
    public let zones: ZoneDatabase
    /// False: types and names are left to run time, as CEL allows for unchecked expressions.
    public let checksTypes: Bool

    let slots: [String: Int]

    /// Makes an environment; of several variables with one name the last one counts.
    public init(
        variables: [(name: String, type: CELType)],
        container: String = "",
        zones: ZoneDatabase = .none,
        checksTypes: Bool = true
    ) {
        names = variables.map(\.name)
        types = variables.map(\.type)
        self.container = container
        self.zones = zones
        self.checksTypes = checksTypes
        slots = Dictionary(
            zip(names, names.indices),
            uniquingKeysWith: { _, later in later }
        )
    }

    /// The slot of the variable `name`, or nil.
    public func slot(of name: String) -> Int? {
        slots[name]
    }

    /// An empty frame for programs of this environment.
    public func makeFrame() -> Frame {
        Frame(names: names)
    }

    /// Compiles `source`, reporting every problem that is found in one go.
    ///
    /// - Parameters:
    ///   - source: The expression, at most ``Limits/sourceLength`` long.
    ///   - expecting: The type the result must have; nil for any.
    /// - Returns: A program, or the problems.
    public func compile(_ source: String, expecting: CELType? = .bool) -> Compilation {
        var problems = ProblemList()
        var parser = Parser(source, problems: problems)
        let syntax = parser.parse()
        problems = parser.problems
        var checker = Checker(environment: self, problems: problems)
        let typed = checker.check(syntax)
        if let expecting, checksTypes, !typed.type.isAssignable(to: expecting) {
            checker.problems.report(
                syntax.range,
                "expected \(expecting), found \(typed.type)",
                hint: expecting == .bool ? "a condition must be true or false" : nil
            )
        }
        let found = checker.problems.problems
        guard found.isEmpty else {
            return Compilation(program: nil, problems: found.sorted { $0.offset < $1.offset })
        }
        let program = Program(
            typed,
            source: source,
            environment: self,
            localCount: checker.localCount
        )
        return Compilation(program: program, problems: [])
    }
}
