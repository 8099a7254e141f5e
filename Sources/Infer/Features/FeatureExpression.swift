// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// One feature as `model.yaml` writes it: a field itself, `temp`, a function of one, `rms(vib)`, or
/// sums and products of them, `log(rms(vib)) - 2 * mean(temp)`.
public struct FeatureExpression: Equatable, Sendable {
    /// The text it was read from.
    public let text: String
    /// The fields it reads, first ones first.
    public let fields: [String]
    let tree: FeatureTree

    /// Reads `text`.
    public init(_ text: String) throws(FeatureError) {
        self.text = text
        tree = try FeatureParser.tree(text)
        var fields: [String] = []
        tree.collectFields(into: &fields)
        guard !fields.isEmpty else { throw tree.error("a feature reads a field") }
        self.fields = fields
    }

    /// True when it is a field by itself.
    var isField: Bool {
        if case .name = tree.kind { true } else { false }
    }

    /// How many numbers it makes, as far as that is known without the fields: nil where it gives
    /// a field or a series, of which `windowLength` (nil without a window) may say how long it is.
    func width(windowLength: Int?) -> Int? {
        Self.width(tree, windowLength)
    }

    private static func width(_ tree: FeatureTree, _ length: Int?) -> Int? {
        switch tree.kind {
        case .number, .duration, .frequency, .text: return 1
        case .name: return length
        case .negation(let inner): return width(inner, length)
        case .arithmetic(_, let left, let right):
            guard let left = width(left, length), let right = width(right, length) else {
                return nil
            }
            return max(left, right)
        case .call(.statistic, _): return 1
        case .call(.map, let arguments): return width(arguments[0], length)
        case .call(.other(let function), let arguments):
            switch function {
            case .clip, .scale: return width(arguments[0], length)
            case .oneHot: return arguments.count - 1
            case .bands: return arguments.count - 2
            case .diff: return width(arguments[0], length).map { max(0, $0 - 1) }
            // How many frames there are is known with the series.
            case .logMel, .mfcc: return nil
            case .interleave:
                return width(arguments[0], length).map { $0 * arguments.count }
            case .slope, .lag, .delta, .median, .quantile, .band, .peakFrequency, .centroid:
                return 1
            }
        }
    }
}
