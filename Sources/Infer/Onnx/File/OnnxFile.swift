// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What an ONNX file says of itself, read without ONNX Runtime.
///
/// Only what a user or the loader wants to know before the runtime is trusted with the file: who made
/// it, the names of its open dimensions, its classes, and the files its weights lie in. Whatever it
/// cannot read it leaves out; whether the file is a model at all is the runtime's to say. Bounded: one
/// walk over the bytes, subgraphs to a fixed depth, so many entries of a kind and so many bytes of a
/// text. Source of the format: onnx/onnx, `onnx/onnx.proto`.
struct OnnxFile: Equatable {
    /// The classes of a classifier's node, as it lists them.
    enum Classes: Equatable {
        case texts([String])
        case numbers([Int64])

        /// How many there are.
        var count: Int {
            switch self {
            case .texts(let texts): texts.count
            case .numbers(let numbers): numbers.count
            }
        }

        /// The classes as texts.
        var names: [String] {
            switch self {
            case .texts(let texts): texts
            case .numbers(let numbers): numbers.map { String($0) }
            }
        }
    }

    /// The program that wrote it, and its version.
    var producer = ""
    var producerVersion = ""
    /// The version its maker gave it; 0 for none.
    var version: Int64 = 0
    /// The maker's own words about it.
    var about = ""
    /// The versions of the operator sets it wants, by domain; the empty one is ONNX's own.
    var operatorSets: [String: Int64] = [:]
    /// The maker's notes in it.
    var notes: [String: String] = [:]
    /// The names of open dimensions of its inputs.
    var dimensionNames: Set<String> = []
    /// The classes of the nodes that name theirs, each list once.
    var classes: [Classes] = []
    /// The files beside it that hold weights, as it names them.
    var externalFiles: Set<String> = []

    private static let entryLimit = 4_096
    private static let textLimit = 64 << 10
    private static let depthLimit = 16

    /// Reads `bytes`.
    init(_ bytes: UnsafeRawBufferPointer) {
        for field in ProtobufFields(Slice(base: bytes, bounds: 0..<bytes.count)) {
            switch (field.number, field.content) {
            case (2, .bytes(let text)): producer = Self.text(text)
            case (3, .bytes(let text)): producerVersion = Self.text(text)
            case (5, .integer(let number)): version = Int64(bitPattern: number)
            case (6, .bytes(let text)): about = Self.text(text)
            case (7, .bytes(let graph)): readGraph(graph, isOutermost: true, depth: 0)
            case (8, .bytes(let set)): readOperatorSet(set)
            case (14, .bytes(let entry)):
                guard notes.count < Self.entryLimit else { continue }
                let (key, value) = Self.entry(entry)
                notes[key] = value
            case (25, .bytes(let function)): readFunction(function)
            default: continue
            }
        }
    }

    /// Reads `bytes`.
    init(_ bytes: [UInt8]) {
        self = bytes.withUnsafeBytes { OnnxFile($0) }
    }

    private static func text(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        String(decoding: bytes.prefix(textLimit), as: UTF8.self)
    }

    /// A key and its value: the entries of the notes and of a tensor's external place are alike.
    private static func entry(
        _ bytes: Slice<UnsafeRawBufferPointer>
    ) -> (key: String, value: String) {
        var (key, value) = ("", "")
        for field in ProtobufFields(bytes) {
            switch (field.number, field.content) {
            case (1, .bytes(let text)): key = Self.text(text)
            case (2, .bytes(let text)): value = Self.text(text)
            default: continue
            }
        }
        return (key, value)
    }

    private mutating func readOperatorSet(_ bytes: Slice<UnsafeRawBufferPointer>) {
        var domain = ""
        var version: Int64 = 0
        for field in ProtobufFields(bytes) {
            switch (field.number, field.content) {
            case (1, .bytes(let text)): domain = Self.text(text)
            case (2, .integer(let number)): version = Int64(bitPattern: number)
            default: continue
            }
        }
        if operatorSets.count < Self.entryLimit { operatorSets[domain] = version }
    }

    private mutating func readFunction(_ bytes: Slice<UnsafeRawBufferPointer>) {
        for field in ProtobufFields(bytes) {
            if case (7, .bytes(let node)) = (field.number, field.content) {
                readNode(node, depth: 1)
            }
        }
    }

    private mutating func readGraph(
        _ bytes: Slice<UnsafeRawBufferPointer>,
        isOutermost: Bool,
        depth: Int
    ) {
        guard depth < Self.depthLimit else { return }
        for field in ProtobufFields(bytes) {
            switch (field.number, field.content) {
            case (1, .bytes(let node)): readNode(node, depth: depth)
            case (5, .bytes(let tensor)): readTensor(tensor)
            case (11, .bytes(let value)) where isOutermost: readInput(value)
            case (15, .bytes(let sparse)):
                // A sparse tensor is two tensors, its values and its indices.
                for part in ProtobufFields(sparse) {
                    if case .bytes(let tensor) = part.content, part.number <= 2 {
                        readTensor(tensor)
                    }
                }
            default: continue
            }
        }
    }

    private mutating func readTensor(_ bytes: Slice<UnsafeRawBufferPointer>) {
        for field in ProtobufFields(bytes) {
            guard case (13, .bytes(let place)) = (field.number, field.content) else { continue }
            let (key, value) = Self.entry(place)
            guard key == "location", externalFiles.count < Self.entryLimit else { continue }
            externalFiles.insert(value)
        }
    }

    /// The names of an input's open dimensions: a value's type, its tensor, its shape, its dimensions.
    private mutating func readInput(_ bytes: Slice<UnsafeRawBufferPointer>) {
        for dimension in Self.inside([2, 1, 2, 1], of: bytes) {
            for case (2, .bytes(let name)) in ProtobufFields(dimension)
                .lazy.map({ ($0.number, $0.content) })
            where dimensionNames.count < Self.entryLimit {
                dimensionNames.insert(Self.text(name))
            }
        }
    }

    /// The messages at `path`, a field's number a level.
    private static func inside(
        _ path: [Int],
        of bytes: Slice<UnsafeRawBufferPointer>
    ) -> [Slice<UnsafeRawBufferPointer>] {
        path.reduce([bytes]) { found, number in
            found.flatMap { message in
                ProtobufFields(message).compactMap { field in
                    guard field.number == number, case .bytes(let inner) = field.content
                    else { return nil }
                    return inner
                }
            }
        }
    }

    private mutating func readNode(_ bytes: Slice<UnsafeRawBufferPointer>, depth: Int) {
        for field in ProtobufFields(bytes) {
            guard case (5, .bytes(let attribute)) = (field.number, field.content) else { continue }
            readAttribute(attribute, depth: depth)
        }
    }

    private mutating func readAttribute(_ bytes: Slice<UnsafeRawBufferPointer>, depth: Int) {
        var name = ""
        var texts: [String] = []
        var numbers: [Int64] = []
        for field in ProtobufFields(bytes) {
            switch (field.number, field.content) {
            case (1, .bytes(let text)): name = Self.text(text)
            case (5, .bytes(let tensor)), (10, .bytes(let tensor)): readTensor(tensor)
            case (6, .bytes(let graph)), (11, .bytes(let graph)):
                readGraph(graph, isOutermost: false, depth: depth + 1)
            case (8, .bytes(let packed)) where Self.namesClasses(name):
                numbers += ProtobufFields.packed(packed, limit: Self.entryLimit - numbers.count)
            case (8, .integer(let number)) where numbers.count < Self.entryLimit:
                numbers.append(Int64(bitPattern: number))
            case (9, .bytes(let text)) where texts.count < Self.entryLimit:
                if Self.namesClasses(name) { texts.append(Self.text(text)) }
            default: continue
            }
        }
        guard Self.namesClasses(name), classes.count < Self.entryLimit else { return }
        let found: Classes = texts.isEmpty ? .numbers(numbers) : .texts(texts)
        if found.count > 0, !classes.contains(found) { classes.append(found) }
    }

    /// True for the attributes by which classifiers and ZipMap list their classes.
    private static func namesClasses(_ name: String) -> Bool {
        ["classlabels_strings", "classlabels_int64s", "classlabels_ints"].contains(name)
    }
}
