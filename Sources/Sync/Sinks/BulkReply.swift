// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// What a body of JSON that came with a 2xx says of the lines.
///
/// Stores say it in many shapes. What is read: `items` with a `status` each, as a number or as text, by
/// itself or under the one name of what was done (`{"index":{"status":201}}`, as Elasticsearch has it).
/// Whatever else speaks of failure is a complaint. What is not understood is an error, never a success.
struct BulkReply: Decodable {
    /// What became of one line.
    struct Item: Decodable {
        var status: Int
        var error: String?

        init(from decoder: any Decoder) throws {
            var facts = try decoder.container(keyedBy: Name.self)
            if !facts.contains(Name("status")), let only = facts.allKeys.first,
                facts.allKeys.count == 1
            {
                facts = try facts.nestedContainer(keyedBy: Name.self, forKey: only)
            }
            status = try Self.status(facts)
            error = try facts.decodeIfPresent(Complaint.self, forKey: Name("error"))?.text
            let isBoth = (200..<300).contains(status) && error != nil
            guard (100..<600).contains(status), !isBoth else {
                throw Unclear()
            }
        }

        private static func status(_ facts: KeyedDecodingContainer<Name>) throws -> Int {
            let name = Name("status")
            if let number = try? facts.decode(Int.self, forKey: name) { return number }
            guard let number = Int(try facts.decode(String.self, forKey: name)) else {
                throw Unclear()
            }
            return number
        }
    }

    /// A member that speaks of failure: nothing where it is null, false, 0 or empty.
    struct Complaint: Decodable {
        /// Its words, which may be none; nil where it complains of nothing.
        var text: String?

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() { return }
            if let text = try? value.decode(String.self) {
                self.text = text.isEmpty ? nil : text
            } else if let isSo = try? value.decode(Bool.self) {
                text = isSo ? "" : nil
            } else if let number = try? value.decode(Double.self) {
                text = number == 0 ? nil : Int(exactly: number).map { "\($0)" } ?? "\(number)"
            } else if var list = try? decoder.unkeyedContainer() {
                if !list.isAtEnd { text = try list.decode(Complaint.self).text ?? "" }
            } else {
                let members = try decoder.container(keyedBy: Name.self)
                guard !members.allKeys.isEmpty else { return }
                let words = ["message", "reason", "detail", "error", "type", "code"].lazy
                    .compactMap { try? members.decode(Complaint.self, forKey: Name($0)).text }
                text = words.first ?? ""
            }
        }
    }

    /// It says something, but not what became of the lines.
    struct Unclear: Error {}

    struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    /// What became of each line; nil where it does not say it line by line.
    var items: [Item]?
    /// What it complains of besides; nil for nothing.
    var complaint: String?

    init(from decoder: any Decoder) throws {
        guard let members = try? decoder.container(keyedBy: Name.self) else {
            try readList(decoder)
            return
        }
        let name = Name("items")
        if members.contains(name) { items = try members.decode([Item].self, forKey: name) }
        for key in members.allKeys where key.stringValue != name.stringValue {
            let word = key.stringValue.lowercased()
            if word.contains("error") || word.contains("fail") {
                complaint = try members.decode(Complaint.self, forKey: key).text ?? complaint
            } else if word == "success" || word == "ok" {
                let isSo = (try? members.decode(Bool.self, forKey: key)) ?? true
                if !isSo { complaint = complaint ?? "" }
            }
        }
    }

    /// A list of items, or of whatever else a store has to say, such as the names it gave the lines.
    private mutating func readList(_ decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        guard !list.isAtEnd, let first = try? list.nestedContainer(keyedBy: Name.self),
            first.allKeys.contains(where: { ["status", "error"].contains($0.stringValue) })
        else { return }
        items = try decoder.singleValueContainer().decode([Item].self)
    }
}
