// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

// The one pass over the payload: down the trie where it goes, past everything else.
extension Decoder {
    /// Reads one reading, whose first byte is next.
    mutating func scanReading(
        depth: Int,
        _ bytes: Span<UInt8>,
        _ batch: inout ReadingBatch
    ) throws(JSONFault) {
        guard rows.count < limits.readings else { throw scanner.fault(.readings) }
        let offset = scanner.position
        let base = batch.begin()
        rows.append(Staged(offset: offset))
        for _ in plan.devicePartNames { parts.append(nil) }
        isInReading = true
        try scan(node: plan.reading, depth: depth, bytes, &batch)
        isInReading = false
        for slot in plan.required.indices where plan.required[slot] {
            if case .absent = batch.fields[base + slot] {
                throw JSONFault(kind: .missing(slot: slot), offset: offset)
            }
        }
    }

    /// Reads the value at `node`, whose first byte is next.
    mutating func scan(
        node index: Int,
        depth: Int,
        _ bytes: Span<UInt8>,
        _ batch: inout ReadingBatch
    ) throws(JSONFault) {
        let node = plan.nodes[index]
        let kind = try scanner.nextKind(bytes)
        if node.isEach || !node.targets.isEmpty {
            let start = scanner.position
            if node.isEach {
                try scanReadings(kind, depth: depth, bytes, &batch)
            }
            for target in node.targets {
                scanner.position = start
                try take(plan.targets[target], kind, depth: depth, bytes, &batch)
            }
            guard node.hasChildren, kind == .array || kind == .object else { return }
            scanner.position = start
        }
        switch kind {
        case .object where !node.members.isEmpty:
            try scanMembers(node, index, depth: depth, bytes, &batch)
        case .array where !node.elements.isEmpty:
            try scanElements(node, depth: depth, bytes, &batch)
        default: try scanner.skipValue(depth: depth, bytes)
        }
    }

    private mutating func scanMembers(
        _ node: ReadingPlan.Node,
        _ index: Int,
        depth: Int,
        _ bytes: Span<UInt8>,
        _ batch: inout ReadingBatch
    ) throws(JSONFault) {
        guard try scanner.open(closing: UInt8(ascii: "}"), depth: depth, bytes) else { return }
        objects &+= 1
        let object = objects
        repeat {
            let offset = scanner.position
            let name = try scanner.name(bytes)
            guard let edge = edge(spelled: name, from: node, index, bytes) else {
                try scanner.skipValue(depth: depth + 1, bytes)
                continue
            }
            guard seen[edge] != object else {
                throw JSONFault(kind: .duplicate(edge: edge), offset: offset)
            }
            seen[edge] = object
            try scan(node: plan.members[edge].node, depth: depth + 1, bytes, &batch)
        } while try scanner.another(closing: UInt8(ascii: "}"), bytes)
    }

    /// The member of `node` called `name`, trying first the one after the one found last.
    @inline(__always)
    private mutating func edge(
        spelled name: JSONText,
        from node: ReadingPlan.Node,
        _ index: Int,
        _ bytes: Span<UInt8>
    ) -> Int? {
        let hint = hints[index]
        if plan.isName(of: hint, name, bytes) {
            hints[index] = hint + 1 < node.members.upperBound ? hint + 1 : node.members.lowerBound
            return hint
        }
        for edge in node.members where plan.isName(of: edge, name, bytes) {
            hints[index] = edge + 1 < node.members.upperBound ? edge + 1 : node.members.lowerBound
            return edge
        }
        return nil
    }

    private mutating func scanElements(
        _ node: ReadingPlan.Node,
        depth: Int,
        _ bytes: Span<UInt8>,
        _ batch: inout ReadingBatch
    ) throws(JSONFault) {
        guard try scanner.open(closing: UInt8(ascii: "]"), depth: depth, bytes) else { return }
        var element = 0
        var wanted = node.elements.lowerBound
        repeat {
            if wanted < node.elements.upperBound, plan.elements[wanted].element == element {
                try scan(node: plan.elements[wanted].node, depth: depth + 1, bytes, &batch)
                wanted += 1
            } else {
                try scanner.skipValue(depth: depth + 1, bytes)
            }
            element += 1
        } while try scanner.another(closing: UInt8(ascii: "]"), bytes)
    }

    private mutating func scanReadings(
        _ kind: JSONKind,
        depth: Int,
        _ bytes: Span<UInt8>,
        _ batch: inout ReadingBatch
    ) throws(JSONFault) {
        guard kind == .array else { throw scanner.fault(.each(found: kind)) }
        foundEach = true
        guard try scanner.open(closing: UInt8(ascii: "]"), depth: depth, bytes) else { return }
        repeat {
            _ = try scanner.next(bytes)
            try scanReading(depth: depth + 1, bytes, &batch)
        } while try scanner.another(closing: UInt8(ascii: "]"), bytes)
    }
}
