// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What one evaluation costs at least and at most, known before there is any data.
///
/// In the units of the meter that ``Frame/costLimit`` bounds: about one simple operator each.
public struct CostEstimate: Sendable, Hashable {
    /// What an evaluation that gives a value costs at least.
    public let minimum: Int
    /// What it costs at most; nil where that depends on the size of the data.
    public let maximum: Int?

    /// Whether no data can make it cost more than ``maximum``.
    public var isBounded: Bool { maximum != nil }
}

/// A number between two bounds, the upper of which may be missing.
struct Bounds: Sendable {
    var low: Int
    var high: Int?

    static let zero = Bounds(0)
    static let unknown = Bounds(low: 0, high: nil)

    init(low: Int, high: Int?) {
        self.low = low
        self.high = high
    }

    init(_ exact: Int) {
        self.init(low: exact, high: exact)
    }

    static func + (left: Bounds, right: Bounds) -> Bounds {
        Bounds(
            low: Cost.plus(left.low, right.low),
            high: left.high.flatMap { high in right.high.map { Cost.plus(high, $0) } }
        )
    }

    static func * (left: Bounds, right: Bounds) -> Bounds {
        // Nothing times anything is nothing, even where the other bound is missing.
        let isNothing = left.high == 0 || right.high == 0
        return Bounds(
            low: Cost.times(left.low, right.low),
            high: isNothing
                ? 0 : left.high.flatMap { high in right.high.map { Cost.times(high, $0) } }
        )
    }

    /// Bounds of one of both.
    func or(_ other: Bounds) -> Bounds {
        Bounds(
            low: min(low, other.low),
            high: high.flatMap { high in other.high.map { max(high, $0) } }
        )
    }

    /// Bounds of the smaller of both.
    func smaller(_ other: Bounds) -> Bounds {
        Bounds(
            low: min(low, other.low),
            high: [high, other.high].compactMap(\.self).min()
        )
    }

    /// The same with nothing as its lower bound.
    var orNothing: Bounds { Bounds(low: 0, high: high) }

    /// Bounds of a rising function of the number.
    func mapped(_ function: (Int) -> Int) -> Bounds {
        Bounds(low: function(low), high: high.map(function))
    }
}

/// How large a value is: what the table's formulas ask.
struct Size: Sendable {
    /// ``Value/extent``.
    var extent: Bounds
    /// ``Value/deepExtent``.
    var deep: Bounds
    /// How many elements a comprehension runs over.
    var elements: Bounds

    static let scalar = Size(extent: .zero, deep: .zero, elements: .zero)
    static let unknown = Size(extent: .unknown, deep: .unknown, elements: .unknown)

    /// Text or bytes of this extent.
    static func text(_ extent: Bounds) -> Size {
        Size(extent: extent, deep: extent, elements: .zero)
    }

    init(extent: Bounds, deep: Bounds, elements: Bounds) {
        self.extent = extent
        self.deep = deep
        self.elements = elements
    }

    init(of value: Value) {
        extent = Bounds(value.extent)
        deep = Bounds(value.deepExtent)
        switch value {
        case .list, .map: elements = extent
        default: elements = .zero
        }
    }

    /// What a variable of the type may hold.
    init(of type: CELType) {
        switch type {
        case .bool, .int, .uint, .double, .duration, .timestamp, .null, .type: self = .scalar
        case .string, .bytes: self = .text(.unknown)
        case .dyn, .list, .map: self = .unknown
        }
    }

    /// The size of something inside this value.
    var inner: Size {
        Size(extent: deep.orNothing, deep: deep.orNothing, elements: deep.orNothing)
    }

    func or(_ other: Size) -> Size {
        Size(
            extent: extent.or(other.extent),
            deep: deep.or(other.deep),
            elements: elements.or(other.elements)
        )
    }
}
