// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Vocabulary

/// Filters that several gateways hear as a group, each message going to one of them: `$share/GROUP/FILTER`
/// (MQTT 5.0 section 4.8.2).
enum SharedGroup {
    static let mark = "$share/"

    /// What stands behind the group's name; the whole of a filter that is not shared, or not well.
    static func filter(of text: String) -> String {
        guard text.hasPrefix(mark) else { return text }
        let rest = text.dropFirst(mark.count)
        guard let end = rest.firstIndex(of: "/"), end > rest.startIndex,
            !rest[..<end].contains(where: { $0 == "+" || $0 == "#" })
        else { return text }
        return String(rest[rest.index(after: end)...])
    }

    /// The first filter of a group that brings readings of `policy`; nil where none does.
    static func filter(of filters: [String], reaching policy: Policy) -> String? {
        filters.first { filter in
            filter.hasPrefix(mark)
                && policy.match.filters.contains { TopicOverlap.of($0, filter) }
        }
    }

    /// What of a policy wants to see every reading of a device, in words; nil where nothing does.
    static func memory(of models: [ModelHandle]) -> String? {
        if let model = models.first(where: \.isWindowed) {
            return "model `\(model.reference.name)` gathers each device's readings"
        }
        if let model = models.first(where: \.remembers) {
            return "model `\(model.reference.name)` learns what is usual of each device"
        }
        return nil
    }
}
