// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

extension SettingsNode {
    /// Writes this value as JSON, whatever its keys are; a list or mapping becomes what it looks like.
    ///
    /// Plain scalars are numbers, truth values and null where they look it; quoted ones are texts.
    public func writeJSON(to writer: inout JSONWriter) {
        switch content {
        case .silent: writer.null()
        case .list(let items):
            writer.beginArray()
            for item in items { item.writeJSON(to: &writer) }
            writer.endArray()
        case .mapping(let entries):
            isOpen = true
            writer.beginObject()
            for entry in entries {
                writer.key(entry.key)
                entry.value.writeJSON(to: &writer)
            }
            writer.endObject()
        case .scalar(let text, _):
            guard let plain = plainText else {
                return isNothing ? writer.null() : writer.value(text)
            }
            switch plain {
            case "true": writer.value(true)
            case "false": writer.value(false)
            default: Self.writeNumber(plain, to: &writer)
            }
        }
    }

    /// Whole numbers keep every digit.
    private static func writeNumber(_ text: String, to writer: inout JSONWriter) {
        if let whole = Int64(text) {
            writer.value(whole)
        } else if let number = Quantity.number(text) {
            writer.value(number)
        } else {
            writer.value(text)
        }
    }
}
