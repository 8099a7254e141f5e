// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// A reading specification compiled to two small tries of paths, flat in memory.
///
/// `message` is the root for the payload as a whole, `reading` the root of one reading. Without `each`
/// they are the same. With it, device, time and sequence are looked for in both: what a reading says
/// itself goes before what its message says of all.
struct ReadingPlan {
    /// What is done with the value at a node.
    enum Target {
        case field(slot: Int, kind: ReadingSpec.FieldKind)
        case time
        case sequence
        case devicePart(Int)
    }

    /// One piece of the device's identity.
    enum DevicePiece {
        case text([UInt8])
        case capture(String)
        case payload(Int)
    }

    /// A step down by name; the name lies in `names`.
    struct MemberEdge {
        var start: Int
        var count: Int
        var node: Int
        /// The first eight bytes of the name, the first of them lowest, and which of them there are.
        var head: UInt64 = 0
        var mask: UInt64 = 0

        init(_ name: String, start: Int, node: Int) {
            self.start = start
            self.node = node
            count = name.utf8.count
            for (place, byte) in name.utf8.prefix(8).enumerated() {
                head |= UInt64(byte) << (8 * place)
                mask |= 0xFF << (8 * place)
            }
        }
    }

    /// A step down by index.
    struct ElementEdge {
        var element: Int
        var node: Int
    }

    /// One place in the payload; ranges point into the plan's arrays.
    struct Node {
        var members: Range<Int> = 0..<0
        var elements: Range<Int> = 0..<0
        var targets: Range<Int> = 0..<0
        var isEach = false

        var hasChildren: Bool { !members.isEmpty || !elements.isEmpty }
    }

    private(set) var nodes: [Node] = []
    private(set) var members: [MemberEdge] = []
    /// The names of all members, one after the other, and their whole paths for messages.
    private(set) var names: [UInt8] = []
    private(set) var paths: [String] = []
    private(set) var elements: [ElementEdge] = []
    private(set) var targets: [Target] = []
    private(set) var device: [DevicePiece] = []
    private(set) var devicePartNames: [String] = []
    /// Whether each slot must be filled.
    private(set) var required: [Bool] = []
    private(set) var message = 0
    private(set) var reading = 0
    let spec: ReadingSpec

    init(_ spec: ReadingSpec, carried: [Bool]? = nil) throws(DecodeSpecError) {
        self.spec = spec
        let readingRoot = Branch()
        let messageRoot = spec.each == nil ? readingRoot : Branch()
        let roots = spec.each == nil ? [readingRoot] : [readingRoot, messageRoot]
        if let each = spec.each {
            try messageRoot.descend(Self.path(each, of: .each)).isEach = true
        }
        for (slot, field) in spec.fields.enumerated() {
            let path = try Self.path(field.path, of: .field(field.name))
            let isCarried = carried?[slot] ?? true
            required.append(field.isRequired && isCarried)
            guard isCarried else { continue }
            readingRoot.descend(path).targets.append(.field(slot: slot, kind: field.kind))
        }
        for root in roots {
            if let time = spec.time {
                try root.descend(Self.path(time, of: .time)).targets.append(.time)
            }
            if let sequence = spec.sequence {
                try root.descend(Self.path(sequence, of: .sequence)).targets.append(.sequence)
            }
        }
        try addDevice(spec.device, roots: roots)
        reading = flatten(readingRoot)
        message = spec.each == nil ? reading : flatten(messageRoot)
    }

    /// True when the payload holds an array of readings.
    var isNested: Bool { spec.each != nil }

    /// True when `text` spells the name of the member `edge`.
    @inline(__always)
    func isName(of edge: Int, _ text: JSONText, _ bytes: Span<UInt8>) -> Bool {
        let member = members[edge]
        guard !text.isEscaped else {
            return text.spelled(bytes).elementsEqual(
                names[member.start..<member.start + member.count]
            )
        }
        guard text.range.count == member.count else { return false }
        let start = text.range.lowerBound
        // Most names are that short, and have that much behind them.
        if start + 8 <= bytes.count {
            guard bytes.word(at: start) & member.mask == member.head else { return false }
            if member.count <= 8 { return true }
        }
        for index in 0..<member.count where bytes[start + index] != names[member.start + index] {
            return false
        }
        return true
    }

    /// The name and path of what `target` fills, for messages.
    func phrase(_ target: Target) -> String {
        switch target {
        case .field(let slot, _):
            spec.fields[slot].path.isEmpty
                ? "field `\(spec.fields[slot].name)` (the whole reading)"
                : "field `\(spec.fields[slot].name)` (`\(spec.fields[slot].path)`)"
        case .time: "the time (`\(spec.time ?? "")`)"
        case .sequence: "the sequence (`\(spec.sequence ?? "")`)"
        case .devicePart(let part): "the device's `\(devicePartNames[part])`"
        }
    }

    private mutating func addDevice(
        _ template: Template,
        roots: [Branch]
    ) throws(DecodeSpecError) {
        for piece in template.pieces {
            switch piece {
            case .text(let text): device.append(.text(Array(text.utf8)))
            case .place(let name) where name == "payload" || name.hasPrefix("payload."):
                let path = try Self.path(String(name.dropFirst("payload.".count)), of: .device)
                for root in roots {
                    root.descend(path).targets.append(.devicePart(devicePartNames.count))
                }
                device.append(.payload(devicePartNames.count))
                devicePartNames.append(name)
            case .place(let name): device.append(.capture(name))
            }
        }
        guard !device.isEmpty else {
            throw DecodeSpecError(part: .device, message: "a device needs a name", offset: 0)
        }
    }

    private static func path(
        _ source: String,
        of part: DecodeSpecError.Part
    ) throws(DecodeSpecError) -> FieldPath {
        do {
            return try FieldPath(source)
        } catch {
            throw DecodeSpecError(part: part, message: error.message, offset: error.offset)
        }
    }

    /// A trie while it is being built.
    private final class Branch {
        var isEach = false
        var targets: [Target] = []
        var members: [(name: String, path: String, branch: Branch)] = []
        var elements: [(element: Int, branch: Branch)] = []

        func descend(_ path: FieldPath) -> Branch {
            var branch = self
            var names: [String] = []
            for step in path.steps {
                switch step {
                case .member(let name):
                    names.append(name)
                    branch = branch.member(name, path: names.joined(separator: "."))
                case .element(let element):
                    names.append("[\(element)]")
                    branch = branch.element(element)
                }
            }
            return branch
        }

        private func member(_ name: String, path: String) -> Branch {
            if let found = members.first(where: { $0.name == name }) { return found.branch }
            let branch = Branch()
            members.append((name, path, branch))
            return branch
        }

        private func element(_ element: Int) -> Branch {
            if let found = elements.first(where: { $0.element == element }) { return found.branch }
            let branch = Branch()
            elements.append((element, branch))
            return branch
        }
    }

    private mutating func flatten(_ branch: Branch) -> Int {
        let index = nodes.count
        nodes.append(Node())
        var node = Node()
        node.isEach = branch.isEach
        node.targets = targets.count..<targets.count + branch.targets.count
        targets.append(contentsOf: branch.targets)
        let children = branch.members.map { flatten($0.branch) }
        let parts = branch.elements.sorted { $0.element < $1.element }
        let places = parts.map { flatten($0.branch) }
        node.members = members.count..<members.count + children.count
        for (member, child) in zip(branch.members, children) {
            let start = names.count
            names.append(contentsOf: member.name.utf8)
            paths.append(member.path)
            members.append(MemberEdge(member.name, start: start, node: child))
        }
        node.elements = elements.count..<elements.count + places.count
        for (part, place) in zip(parts, places) {
            elements.append(ElementEdge(element: part.element, node: place))
        }
        nodes[index] = node
        return index
    }
}
