// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer

/// What a caller asks of a model, read from the body of an `infer` request.
struct InferRequest {
    /// The caller's own name for it, echoed.
    var id: String?
    var inputs: [Tensor] = []
    /// The outputs wanted; nil for all.
    var outputs: [String]?

    private static let tensorLimit = 64
    private static let rankLimit = 8

    /// Reads a body of the Open Inference Protocol, version 2.
    init(_ body: [UInt8]) throws(ServeError) {
        var reader = JSONReader(body)
        var request = Self.empty
        try reader.object { reader, name throws(ServeError) in
            switch name {
            case "id": request.id = try reader.text()
            case "inputs":
                try reader.array { reader throws(ServeError) in
                    guard request.inputs.count < Self.tensorLimit else {
                        throw reader.fault("there are too many tensors")
                    }
                    request.inputs.append(try Self.tensor(&reader))
                }
            case "outputs": request.outputs = try Self.outputNames(&reader)
            default: try reader.skip()
            }
        }
        try reader.finish()
        guard !request.inputs.isEmpty else { throw .badRequest("`inputs` is missing") }
        self = request
    }

    private init() {}

    private static let empty = InferRequest()

    private static func outputNames(_ reader: inout JSONReader) throws(ServeError) -> [String] {
        var names: [String] = []
        try reader.array { reader throws(ServeError) in
            guard names.count < tensorLimit else {
                throw reader.fault("there are too many tensors")
            }
            var found: String?
            try reader.object { reader, name throws(ServeError) in
                if name == "name" { found = try reader.text() } else { try reader.skip() }
            }
            guard let found else { throw reader.fault("an output has no `name`") }
            names.append(found)
        }
        return names
    }

    private static func tensor(_ reader: inout JSONReader) throws(ServeError) -> Tensor {
        var (name, datatype): (String?, String?)
        var shape: [Int]?
        var data: Int?
        try reader.object { reader, member throws(ServeError) in
            switch member {
            case "name": name = try reader.text()
            case "datatype": datatype = try reader.text()
            case "shape": shape = try Self.shape(&reader)
            case "data": data = try reader.skip()
            default: try reader.skip()
            }
        }
        guard let name else { throw reader.fault("an input has no `name`") }
        guard let shape else { throw reader.fault("input `\(name)` has no `shape`") }
        guard let data else { throw reader.fault("input `\(name)` has no `data`") }
        // The data may stand before the kind of its numbers: it is read when both are known.
        var again = reader
        again.rewind(to: data)
        let elements = try elements(&again, datatype ?? "", of: name)
        return Tensor(
            name: name,
            dimensions: shape,
            elements: elements,
            element: datatype.flatMap { TensorElement(rawValue: $0) }
        )
    }

    private static func shape(_ reader: inout JSONReader) throws(ServeError) -> [Int] {
        var shape: [Int] = []
        try reader.array { reader throws(ServeError) in
            guard let dimension = Int(try reader.number()), dimension > 0,
                shape.count < rankLimit
            else { throw reader.fault("a shape is a list of positive whole numbers") }
            shape.append(dimension)
        }
        return shape
    }

    private static func elements(
        _ reader: inout JSONReader,
        _ datatype: String,
        of name: String
    ) throws(ServeError) -> Tensor.Elements {
        guard let element = TensorElement(rawValue: datatype) else {
            let known = TensorElement.allCases.map(\.rawValue).joined(separator: ", ")
            throw .badRequest(
                "input `\(name)` has the datatype `\(datatype.prefix(16))`; this server reads \(known)"
            )
        }
        switch element {
        case .float32, .float16, .bfloat16:
            let numbers: [Float] = try flat(&reader)
            // JSON has numbers that a 32-bit one does not reach.
            guard numbers.allSatisfy(\.isFinite) else { throw outOfRange(name, element) }
            return .float32(numbers)
        case .float64:
            let numbers: [Double] = try flat(&reader)
            guard numbers.allSatisfy(\.isFinite) else { throw outOfRange(name, element) }
            return .float64(numbers)
        case .uint64: return .uint64(try flat(&reader))
        case .flag: return .flags(try flags(&reader))
        case .text: return .text(try texts(&reader))
        case .uint8, .uint16, .uint32, .int8, .int16, .int32, .int64:
            return .int64(try flat(&reader))
        }
    }

    private static func outOfRange(_ name: String, _ element: TensorElement) -> ServeError {
        .badRequest("input `\(name)` has a number out of the range of \(element.rawValue)")
    }

    private static func flags(_ reader: inout JSONReader) throws(ServeError) -> [Bool] {
        var flags: [Bool] = []
        try walk(&reader) { reader throws(ServeError) in flags.append(try reader.flag()) }
        return flags
    }

    private static func texts(_ reader: inout JSONReader) throws(ServeError) -> [String] {
        var texts: [String] = []
        try walk(&reader) { reader throws(ServeError) in
            let text = try reader.text()
            guard !text.utf8.contains(0) else { throw reader.fault("a text with a zero in it") }
            texts.append(text)
        }
        return texts
    }

    /// Reads the leaves of an array in row-major order, flat or nested.
    private static func walk(
        _ reader: inout JSONReader,
        _ leaf: (inout JSONReader) throws(ServeError) -> Void
    ) throws(ServeError) {
        try reader.array { reader throws(ServeError) in
            if try reader.next() == .array {
                try walk(&reader, leaf)
            } else {
                try leaf(&reader)
            }
        }
    }

    /// Reads numbers in row-major order, flat or nested.
    private static func flat<Number: LosslessStringConvertible>(
        _ reader: inout JSONReader
    ) throws(ServeError) -> [Number] {
        var numbers: [Number] = []
        try flatten(&reader, into: &numbers)
        return numbers
    }

    private static func flatten<Number: LosslessStringConvertible>(
        _ reader: inout JSONReader,
        into numbers: inout [Number]
    ) throws(ServeError) {
        // The closure must not capture an inout parameter that outlives it: gathered, then handed
        // back.
        var gathered = numbers
        numbers = []
        try reader.array { reader throws(ServeError) in
            if try reader.next() == .array {
                try flatten(&reader, into: &gathered)
                return
            }
            let text = try reader.number()
            guard let number = Number(String(text)) else {
                throw reader.fault("`\(text)` is no \(Number.self)")
            }
            gathered.append(number)
        }
        numbers = gathered
    }
}
