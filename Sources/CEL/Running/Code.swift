// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

typealias ValueCode = @Sendable (Frame) throws(EvaluationError) -> Value

/// A scalar's expression as a closure that gives the scalar's bits.
///
/// Not a closure that gives `T`: behind a type parameter Swift would pass its results through memory,
/// which costs more than the comparison it is for.
typealias BitsCode = @Sendable (Frame) throws(EvaluationError) -> UInt64

/// A scalar that a slot keeps as 64 bits.
protocol Scalar: Sendable, SendableMetatype, Equatable {
    init(bits: UInt64)
    var bits: UInt64 { get }
    /// The scalar inside a value of the kind, or nil.
    static func unboxed(_ value: Value, _ kind: Frame.Kind) -> Self?
}

/// A closure that gives a scalar.
struct Term<T: Scalar>: Sendable {
    let bits: BitsCode

    @inline(__always)
    func callAsFunction(_ frame: Frame) throws(EvaluationError) -> T {
        T(bits: try bits(frame))
    }
}

/// Where a scalar comes from.
enum Operand<T: Scalar>: Sendable {
    case constant(T)
    case slot(Int, Frame.Kind)
    case code(BitsCode)

    /// The operand as a closure, whatever it is.
    var term: Term<T> {
        switch self {
        case .constant(let value):
            let bits = value.bits
            return Term { _ throws(EvaluationError) in bits }
        case .slot(let slot, let kind):
            return Term { frame throws(EvaluationError) in try frame.bits(slot, kind) }
        case .code(let code): return Term(bits: code)
        }
    }
}

/// An expression as closures, typed where its type is known to be a scalar.
enum Code: Sendable {
    case bool(Operand<Bool>)
    case int(Operand<Int64>)
    case uint(Operand<UInt64>)
    case double(Operand<Double>)
    /// Nanoseconds.
    case duration(Operand<Int64>)
    case constant(Value)
    /// A slot whose type only the run knows.
    case slot(Int)
    case value(ValueCode)

    /// The value whose evaluation needs no frame.
    var constantValue: Value? {
        switch self {
        case .bool(.constant(let value)): .bool(value)
        case .int(.constant(let value)): .int(value)
        case .uint(.constant(let value)): .uint(value)
        case .double(.constant(let value)): .double(value)
        case .duration(.constant(let value)): .duration(nanoseconds: value)
        case .constant(let value): value
        default: nil
        }
    }

    init(constant value: Value) {
        self =
            switch value {
            case .bool(let value): .bool(.constant(value))
            case .int(let value): .int(.constant(value))
            case .uint(let value): .uint(.constant(value))
            case .double(let value): .double(.constant(value))
            case .duration(let value): .duration(.constant(value))
            default: .constant(value)
            }
    }

    /// A value as code that is not folded.
    init(known value: Value) {
        switch Code(constant: value) {
        case .bool(let operand): self = .bool(.code(operand.term.bits))
        case .int(let operand): self = .int(.code(operand.term.bits))
        case .uint(let operand): self = .uint(.code(operand.term.bits))
        case .double(let operand): self = .double(.code(operand.term.bits))
        case .duration(let operand): self = .duration(.code(operand.term.bits))
        default: self = .value { _ throws(EvaluationError) in value }
        }
    }

    init(slot: Int, type: CELType) {
        self =
            switch type {
            case .bool: .bool(.slot(slot, .bool))
            case .int: .int(.slot(slot, .int))
            case .uint: .uint(.slot(slot, .uint))
            case .double: .double(.slot(slot, .double))
            case .duration: .duration(.slot(slot, .duration))
            default: .slot(slot)
            }
    }

    /// The expression as a closure that gives a value.
    var boxed: ValueCode {
        switch self {
        case .bool(let operand): Code.box(operand) { .bool($0) }
        case .int(let operand): Code.box(operand) { .int($0) }
        case .uint(let operand): Code.box(operand) { .uint($0) }
        case .double(let operand): Code.box(operand) { .double($0) }
        case .duration(let operand): Code.box(operand) { .duration(nanoseconds: $0) }
        case .constant(let value): { _ throws(EvaluationError) in value }
        case .slot(let slot): { frame throws(EvaluationError) in try frame.load(slot) }
        case .value(let code): code
        }
    }

    private static func box<T>(
        _ operand: Operand<T>,
        _ make: @escaping @Sendable (T) -> Value
    ) -> ValueCode {
        let term = operand.term
        return { frame throws(EvaluationError) in make(try term(frame)) }
    }

    /// The expression as a scalar of the kind; a value of another kind is an error when it runs.
    func scalar<T: Scalar>(_ kind: Frame.Kind) -> Operand<T> {
        switch (self, kind) {
        case (.bool(let operand as Operand<T>), .bool): return operand
        case (.int(let operand as Operand<T>), .int): return operand
        case (.uint(let operand as Operand<T>), .uint): return operand
        case (.double(let operand as Operand<T>), .double): return operand
        case (.duration(let operand as Operand<T>), .duration): return operand
        default:
            let code = boxed
            return .code { frame throws(EvaluationError) in
                let value = try code(frame)
                guard let scalar = T.unboxed(value, kind) else {
                    throw EvaluationError(
                        code: .noOverload,
                        message: "expected \(kind), found \(value.shortTypeName)"
                    )
                }
                return scalar.bits
            }
        }
    }

    /// The expression as a condition; what is no bool is an error when it runs.
    var boolean: Term<Bool> {
        let operand: Operand<Bool> = scalar(.bool)
        return operand.term
    }
}

extension Bool: Scalar {
    init(bits: UInt64) {
        self = bits != 0
    }

    var bits: UInt64 { self ? 1 : 0 }

    static func unboxed(_ value: Value, _: Frame.Kind) -> Bool? {
        if case .bool(let value) = value { value } else { nil }
    }
}

extension Int64: Scalar {
    init(bits: UInt64) {
        self.init(bitPattern: bits)
    }

    var bits: UInt64 { UInt64(bitPattern: self) }

    static func unboxed(_ value: Value, _ kind: Frame.Kind) -> Int64? {
        switch value {
        case .int(let value) where kind == .int: value
        case .duration(let value) where kind == .duration: value
        default: nil
        }
    }
}

extension UInt64: Scalar {
    init(bits: UInt64) {
        self = bits
    }

    var bits: UInt64 { self }

    static func unboxed(_ value: Value, _: Frame.Kind) -> UInt64? {
        if case .uint(let value) = value { value } else { nil }
    }
}

extension Double: Scalar {
    init(bits: UInt64) {
        self.init(bitPattern: bits)
    }

    var bits: UInt64 { bitPattern }

    static func unboxed(_ value: Value, _: Frame.Kind) -> Double? {
        if case .double(let value) = value { value } else { nil }
    }
}
