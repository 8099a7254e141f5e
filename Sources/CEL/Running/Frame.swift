// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The values of an environment's variables for one evaluation after another.
///
/// Owned by one thread and reused for every message: filling a slot with a scalar neither allocates
/// nor locks. A slot that was not filled makes the expressions that read it fail.
public final class Frame {
    /// What one evaluation may cost; a comprehension that costs more ends with a `cost` error.
    public var costLimit = Limits.cost

    /// How many variables there are.
    public let variableCount: Int

    let names: [String]
    var slots: UnsafeMutablePointer<Slot>
    private var objects: UnsafeMutablePointer<Value>
    private var sources: [(() throws -> Value)?]
    private var capacity: Int
    /// What the last evaluation cost, in the units of ``costLimit``.
    public private(set) var spent = 0

    /// What a slot holds at the moment.
    enum Kind: UInt8, Sendable {
        case unset
        case lazy
        case bool
        case int
        case uint
        case double
        case duration
        case object
    }

    /// One scalar with its kind; other values are in `objects`.
    struct Slot {
        var bits: UInt64
        var kind: Kind
    }

    /// Makes a frame for programs of an environment with these variables.
    ///
    /// ``Environment/makeFrame()`` is the way to get one.
    init(names: [String]) {
        self.names = names
        variableCount = names.count
        sources = Array(repeating: nil, count: names.count)
        capacity = names.count + 8
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: Slot(bits: 0, kind: .unset), count: capacity)
        objects = .allocate(capacity: capacity)
        objects.initialize(repeating: .null, count: capacity)
    }

    deinit {
        slots.deinitialize(count: capacity)
        slots.deallocate()
        objects.deinitialize(count: capacity)
        objects.deallocate()
    }

    /// Fills a slot.
    public func set(_ slot: Int, _ value: Value) {
        precondition(slot >= 0 && slot < variableCount, "no such slot")
        store(slot, value)
    }

    /// Fills a slot with a bool.
    public func set(_ slot: Int, bool value: Bool) {
        store(slot, bits: value ? 1 : 0, kind: .bool)
    }

    /// Fills a slot with an int.
    public func set(_ slot: Int, int value: Int64) {
        store(slot, bits: UInt64(bitPattern: value), kind: .int)
    }

    /// Fills a slot with a double.
    public func set(_ slot: Int, double value: Double) {
        store(slot, bits: value.bitPattern, kind: .double)
    }

    /// Fills a slot with a duration.
    public func set(_ slot: Int, nanoseconds value: Int64) {
        store(slot, bits: UInt64(bitPattern: value), kind: .duration)
    }

    /// Fills a slot with what `source` gives when, and only when, an expression reads it.
    ///
    /// It is asked at most once until the slot is filled or cleared again. Where it throws, the
    /// reading expression fails with `no_value`, or with the `EvaluationError` it threw. It
    /// may evaluate a program of this frame with ``Program/evaluate(within:)``.
    public func setLazy(_ slot: Int, _ source: @escaping () throws -> Value) {
        store(slot, bits: 0, kind: .lazy)
        sources[slot] = source
    }

    /// Empties a slot.
    public func clear(_ slot: Int) {
        store(slot, bits: 0, kind: .unset)
    }

    /// Empties every slot.
    public func reset() {
        for slot in 0..<variableCount {
            clear(slot)
        }
    }

    /// The value a slot has already; nil where it is empty or its lazy source was not asked.
    public func known(_ slot: Int) -> Value? {
        precondition(slot >= 0 && slot < variableCount, "no such slot")
        return switch slots[slot].kind {
        case .unset, .lazy: nil
        default: try? load(slot)
        }
    }

    /// The value of a slot, asking its lazy source if it has one.
    public func value(_ slot: Int) throws(EvaluationError) -> Value {
        precondition(slot >= 0 && slot < variableCount, "no such slot")
        return try load(slot)
    }
}

extension Frame {
    /// Whether the slot holds something other than null.
    func isPresent(_ slot: Int) throws(EvaluationError) -> Bool {
        if slots[slot].kind == .unset { return false }
        if case .null = try load(slot) { return false }
        return true
    }

    @inline(__always)
    func bits(_ slot: Int, _ kind: Kind) throws(EvaluationError) -> UInt64 {
        let found = slots[slot]
        if found.kind == kind { return found.bits }
        return try resolvedBits(slot, kind)
    }

    /// The double that a slot holds at the moment; nil where it holds anything else.
    @inline(__always)
    func double(_ slot: Int) -> Double? {
        let found = slots[slot]
        return found.kind == .double ? Double(bitPattern: found.bits) : nil
    }

    func load(_ slot: Int) throws(EvaluationError) -> Value {
        let found = slots[slot]
        switch found.kind {
        case .object: return objects[slot]
        case .bool: return .bool(found.bits != 0)
        case .int: return .int(Int64(bitPattern: found.bits))
        case .uint: return .uint(found.bits)
        case .double: return .double(Double(bitPattern: found.bits))
        case .duration: return .duration(nanoseconds: Int64(bitPattern: found.bits))
        case .lazy:
            let value = try resolve(slot)
            store(slot, value)
            return value
        case .unset:
            throw EvaluationError(code: .noValue, message: "`\(name(slot))` has no value")
        }
    }

    func store(_ slot: Int, _ value: Value) {
        switch value {
        case .bool(let value): store(slot, bits: value ? 1 : 0, kind: .bool)
        case .int(let value): store(slot, bits: UInt64(bitPattern: value), kind: .int)
        case .uint(let value): store(slot, bits: value, kind: .uint)
        case .double(let value): store(slot, bits: value.bitPattern, kind: .double)
        case .duration(let value): store(slot, bits: UInt64(bitPattern: value), kind: .duration)
        default:
            objects[slot] = value
            if slots[slot].kind == .lazy { sources[slot] = nil }
            slots[slot] = Slot(bits: 0, kind: .object)
        }
    }

    private func store(_ slot: Int, bits: UInt64, kind: Kind) {
        precondition(slot >= 0 && slot < capacity, "no such slot")
        switch slots[slot].kind {
        case .object: objects[slot] = .null
        case .lazy: sources[slot] = nil
        default: break
        }
        slots[slot] = Slot(bits: bits, kind: kind)
    }

    @inline(never)
    private func resolvedBits(_ slot: Int, _ kind: Kind) throws(EvaluationError) -> UInt64 {
        let value = try load(slot)
        let found = slots[slot]
        guard found.kind == kind else {
            throw EvaluationError(
                code: .noOverload,
                message: "`\(name(slot))` is declared \(kind) but holds a \(value.shortTypeName)"
            )
        }
        return found.bits
    }

    private func resolve(_ slot: Int) throws(EvaluationError) -> Value {
        guard let source = sources[slot] else { return .null }
        do {
            return try source()
        } catch let error as EvaluationError {
            throw error
        } catch {
            throw EvaluationError(
                code: .noValue,
                message: "`\(name(slot))` has no value",
                detail: "\(error)"
            )
        }
    }

    private func name(_ slot: Int) -> String {
        slot < names.count ? names[slot] : "a comprehension's variable"
    }
}

extension Frame {
    /// Opens an evaluation with room for its locals.
    @inline(__always)
    func begin(localCount: Int) {
        spent = 0
        if variableCount + localCount > capacity { grow(to: variableCount + localCount) }
    }

    /// Evaluates a slot's expression in the middle of an evaluation that reads the slot.
    ///
    /// Both have their locals in the same places, so those of the outer one are put by.
    func within(
        localCount: Int,
        _ work: (Frame) throws(EvaluationError) -> Value
    ) throws(EvaluationError) -> Value {
        guard localCount > 0 else { return try work(self) }
        if variableCount + localCount > capacity { grow(to: variableCount + localCount) }
        let places = variableCount..<variableCount + localCount
        let kept = places.map { (slots[$0], objects[$0]) }
        defer {
            for (place, (slot, object)) in zip(places, kept) {
                slots[place] = slot
                objects[place] = object
            }
        }
        return try work(self)
    }

    /// Adds to what the evaluation has cost.
    func charge(_ cost: Int) throws(EvaluationError) {
        let (sum, overflows) = spent.addingReportingOverflow(cost)
        spent = overflows ? Int.max : sum
        guard spent <= costLimit, !overflows else {
            throw EvaluationError(
                code: .cost,
                message: "the evaluation costs more than its limit of \(costLimit)"
            )
        }
    }

    /// Runs work on a meter of its own, so that the evaluation around it does not pay for it.
    func aside<T>(_ work: () -> T) -> T {
        let paid = spent
        spent = 0
        defer { spent = paid }
        return work()
    }

    private func grow(to wanted: Int) {
        let newSlots = UnsafeMutablePointer<Slot>.allocate(capacity: wanted)
        newSlots.moveInitialize(from: slots, count: capacity)
        (newSlots + capacity).initialize(
            repeating: Slot(bits: 0, kind: .unset),
            count: wanted - capacity
        )
        let newObjects = UnsafeMutablePointer<Value>.allocate(capacity: wanted)
        newObjects.moveInitialize(from: objects, count: capacity)
        (newObjects + capacity).initialize(repeating: .null, count: wanted - capacity)
        slots.deallocate()
        objects.deallocate()
        slots = newSlots
        objects = newObjects
        capacity = wanted
    }
}
