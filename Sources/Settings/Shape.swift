// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Why a value does not have a form.
///
/// What a form's closure throws, without saying so in its type: where that named the error, the optimizer (Swift 6.3) made
/// code of nested closures that lost it, and a release ended with SIGSEGV over a malformed path or condition.
public struct ShapeMismatch: Error {
    /// What is wrong; nil for "wants … ; found …".
    public var message: String?
    /// What to do about it.
    public var hint: String?
    /// The character inside the text where it is wrong; nil for the whole value.
    public var offset: Int?

    /// Makes a mismatch.
    public init(_ message: String? = nil, hint: String? = nil, offset: Int? = nil) {
        self.message = message
        self.hint = hint
        self.offset = offset
    }
}

/// A form a value can have: what it is called, and how it is read.
public struct Shape<Value> {
    /// What it wants, as messages say it: "a duration with a unit, such as `2s`".
    public let wants: String
    /// The same in data.
    public let kind: SettingKind
    let parse: (SettingsNode) throws -> Value

    init(
        _ wants: String,
        _ kind: SettingKind,
        parse: @escaping (SettingsNode) throws -> Value
    ) {
        self.wants = wants
        self.kind = kind
        self.parse = parse
    }

    /// A form read from a scalar's text; `kind` names it for schemas.
    public static func parsed(
        _ wants: String,
        as kind: SettingKind = .text(pattern: nil),
        _ parse: @escaping (String) throws -> Value
    ) -> Shape {
        Shape(wants, kind) { node in
            guard let text = node.text else {
                throw ShapeMismatch(hint: node.isMapping ? "put quotes around the text" : nil)
            }
            return try parse(text)
        }
    }
}

extension SettingsNode {
    /// This value in the form `shape`; nil when it does not have it, which is reported.
    public func read<Value>(_ shape: Shape<Value>) -> Value? {
        guard !isSilent else { return nil }
        do {
            return try shape.parse(self)
        } catch {
            let error = error as? ShapeMismatch ?? ShapeMismatch("\(error)")
            let message = error.message ?? "\(shownName) wants \(shape.wants); found \(shownValue)"
            if let offset = error.offset {
                problem(at: offset, message, hint: error.hint)
            } else {
                problem(message, hint: error.hint)
            }
            return nil
        }
    }

    /// The value under `key`; nil when it is missing or unfit, which is reported.
    public func required<Value>(_ key: String, _ shape: Shape<Value>) -> Value? {
        register(key, shape.kind, isRequired: true)
        guard let entry = entry(key) else {
            reportMissing(key, wants: shape.wants)
            return nil
        }
        return entry.value.read(shape)
    }

    /// The value under `key`; nil when there is none, or an unfit one, which is reported.
    public func optional<Value>(_ key: String, _ shape: Shape<Value>) -> Value? {
        register(key, shape.kind, isRequired: false)
        return entry(key)?.value.read(shape)
    }

    /// The value under `key`, or `fallback` when there is none or an unfit one, which is reported.
    public func value<Value>(
        _ key: String,
        _ shape: Shape<Value>,
        default fallback: Value
    ) -> Value {
        optional(key, shape) ?? fallback
    }

    /// Reports that `key` is missing from this mapping.
    func reportMissing(_ key: String, wants: String) {
        guard isMapping || name.isEmpty else { return }
        let owner = name.isEmpty ? "" : " in `\(name)`"
        reportMissing(key, "`\(key)` is missing\(owner)", hint: "it wants \(wants)")
    }

    /// Reports in words of its own that `key` is missing from this mapping.
    ///
    /// Taken back where an unknown key turns out to be a slip of the hand for it.
    public func reportMissing(_ key: String, _ message: String, hint: String? = nil) {
        guard !isSilent else { return }
        missing[key] = source.add(.error, message, hint: hint, at: keyPlace)
    }
}
