// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// 16-bit floating point with the exponent of a 32-bit one: the upper half of it.
struct BFloat16: BitwiseCopyable {
    var bits: UInt16

    /// The nearest to `number`, of two equally near the even one.
    init(_ number: Float) {
        let pattern = number.bitPattern
        guard number.isFinite else {
            // The upper half of what is no number could be infinity.
            bits = UInt16(truncatingIfNeeded: pattern >> 16) | (number.isNaN ? 0x40 : 0)
            return
        }
        bits = UInt16(truncatingIfNeeded: (pattern &+ 0x7FFF &+ (pattern >> 16 & 1)) >> 16)
    }

    /// The number it is.
    var number: Float { Float(bitPattern: UInt32(bits) << 16) }
}

extension TensorElement {
    /// Writes `numbers` at `memory` as elements of this kind; false when one of them is none.
    ///
    /// A kind of whole number takes whole numbers in its range only, and a truth value 0 or 1: what a
    /// model was not made for is refused and not rounded.
    func write<Number: BinaryFloatingPoint>(
        _ numbers: UnsafeBufferPointer<Number>,
        to memory: UnsafeMutableRawPointer
    ) -> Bool {
        switch self {
        case .float32 where Number.self == Float.self:
            let bytes = UnsafeRawBufferPointer(numbers)
            if let base = bytes.baseAddress {
                memory.copyMemory(from: base, byteCount: bytes.count)
            }
            return true
        case .float32: return put(numbers, memory, Float.self) { Float($0) }
        case .float64: return put(numbers, memory, Double.self) { Double($0) }
        case .float16:
            return put(numbers, memory, Float16.self) { number in
                let half = Float16(number)
                return half.isFinite || !number.isFinite ? half : nil
            }
        case .bfloat16: return put(numbers, memory, BFloat16.self) { BFloat16(Float($0)) }
        case .flag:
            return put(numbers, memory, UInt8.self) { $0 == 0 ? 0 : $0 == 1 ? 1 : nil }
        case .uint8: return put(numbers, memory, UInt8.self) { UInt8(exactly: $0) }
        case .uint16: return put(numbers, memory, UInt16.self) { UInt16(exactly: $0) }
        case .uint32: return put(numbers, memory, UInt32.self) { UInt32(exactly: $0) }
        case .uint64: return put(numbers, memory, UInt64.self) { UInt64(exactly: $0) }
        case .int8: return put(numbers, memory, Int8.self) { Int8(exactly: $0) }
        case .int16: return put(numbers, memory, Int16.self) { Int16(exactly: $0) }
        case .int32: return put(numbers, memory, Int32.self) { Int32(exactly: $0) }
        case .int64: return put(numbers, memory, Int64.self) { Int64(exactly: $0) }
        case .text: return false
        }
    }

    @inline(__always)
    private func put<Number, Element: BitwiseCopyable>(
        _ numbers: UnsafeBufferPointer<Number>,
        _ memory: UnsafeMutableRawPointer,
        _ type: Element.Type,
        _ convert: (Number) -> Element?
    ) -> Bool {
        let elements = memory.assumingMemoryBound(to: type)
        for index in numbers.indices {
            guard let element = convert(numbers[index]) else { return false }
            elements[index] = element
        }
        return true
    }

    /// Appends `count` elements of this kind that lie at `memory` to `numbers`; none for a text.
    func append<Number: BinaryFloatingPoint>(
        _ memory: UnsafeRawPointer,
        count: Int,
        to numbers: inout [Number]
    ) {
        switch self {
        case .float32: take(memory, count, &numbers) { (value: Float) in Number(value) }
        case .float64: take(memory, count, &numbers) { (value: Double) in Number(value) }
        case .float16: take(memory, count, &numbers) { (value: Float16) in Number(value) }
        case .bfloat16: take(memory, count, &numbers) { (value: BFloat16) in Number(value.number) }
        case .flag: take(memory, count, &numbers) { (value: UInt8) in value == 0 ? 0 : 1 }
        case .uint8: take(memory, count, &numbers) { (value: UInt8) in Number(value) }
        case .uint16: take(memory, count, &numbers) { (value: UInt16) in Number(value) }
        case .uint32: take(memory, count, &numbers) { (value: UInt32) in Number(value) }
        case .uint64: take(memory, count, &numbers) { (value: UInt64) in Number(value) }
        case .int8: take(memory, count, &numbers) { (value: Int8) in Number(value) }
        case .int16: take(memory, count, &numbers) { (value: Int16) in Number(value) }
        case .int32: take(memory, count, &numbers) { (value: Int32) in Number(value) }
        case .int64: take(memory, count, &numbers) { (value: Int64) in Number(value) }
        case .text: break
        }
    }

    @inline(__always)
    private func take<Number, Element: BitwiseCopyable>(
        _ memory: UnsafeRawPointer,
        _ count: Int,
        _ numbers: inout [Number],
        _ convert: (Element) -> Number
    ) {
        let elements = memory.assumingMemoryBound(to: Element.self)
        for index in 0..<count { numbers.append(convert(elements[index])) }
    }

    /// The whole number at `index` of elements of this kind at `memory`; nil for other kinds.
    func whole(_ memory: UnsafeRawPointer, at index: Int) -> Int64? {
        func read<Element: FixedWidthInteger & BitwiseCopyable>(_ type: Element.Type) -> Int64? {
            Int64(exactly: memory.assumingMemoryBound(to: type)[index])
        }
        switch self {
        case .flag: return read(UInt8.self).map { $0 == 0 ? 0 : 1 }
        case .uint8: return read(UInt8.self)
        case .uint16: return read(UInt16.self)
        case .uint32: return read(UInt32.self)
        case .uint64: return read(UInt64.self)
        case .int8: return read(Int8.self)
        case .int16: return read(Int16.self)
        case .int32: return read(Int32.self)
        case .int64: return read(Int64.self)
        case .float16, .bfloat16, .float32, .float64, .text: return nil
        }
    }
}
