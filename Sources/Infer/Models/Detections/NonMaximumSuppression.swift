// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A box that may be an object.
struct DetectionCandidate {
    /// Its row in the model's tables.
    var row: Int
    /// The number of its class.
    var label: Int
    var score: Float
    var left: Float = 0
    var top: Float = 0
    var right: Float = 0
    var bottom: Float = 0

    /// The part of both boxes that they share, 0…1: intersection over union.
    func overlap(with other: DetectionCandidate) -> Float {
        let width = min(right, other.right) - max(left, other.left)
        let height = min(bottom, other.bottom) - max(top, other.top)
        guard width > 0, height > 0 else { return 0 }
        let shared = width * height
        let all = area + other.area - shared
        return all > 0 ? shared / all : 0
    }

    private var area: Float { (right - left) * (bottom - top) }
}

/// One lane's room for candidates, reused from finding to finding.
struct DetectionScratch {
    var candidates: [DetectionCandidate] = []
    var kept: [DetectionCandidate] = []
    var best: [Float] = []
    var bestClass: [Int32] = []

    /// Forgets what the last row had.
    mutating func begin() {
        candidates.removeAll(keepingCapacity: true)
        kept.removeAll(keepingCapacity: true)
    }

    /// Adds a candidate; when there are far too many, only the best stay.
    mutating func add(row: Int, label: Int, score: Float) {
        candidates.append(DetectionCandidate(row: row, label: label, score: score))
        if candidates.count >= 4 * DetectionReader.candidateLimit {
            keepBest(DetectionReader.candidateLimit)
        }
    }

    /// Keeps the `limit` best candidates, the best first; of equals the earlier row.
    mutating func keepBest(_ limit: Int) {
        candidates.sort { ($1.score, $0.row) < ($0.score, $1.row) }
        if candidates.count > limit { candidates.removeLast(candidates.count - limit) }
    }
}

/// Leaves out of several boxes around one object all but the best.
///
/// Greedy, within a class: the best candidate is kept, those that overlap it too much go, and so on.
/// Source: Felzenszwalb et al., Object Detection with Discriminatively Trained Part-Based Models, 2010,
/// section 6.3.
struct NonMaximumSuppression {
    /// From which overlap on a candidate goes.
    var overlap: Double
    /// How many are kept.
    var most: Int

    /// The candidates that stay, of those in `scratch`, which are sorted.
    func kept(_ scratch: inout DetectionScratch) -> [DetectionCandidate] {
        let limit = Float(overlap)
        for candidate in scratch.candidates {
            guard scratch.kept.count < most else { break }
            let isCovered = scratch.kept.contains { kept in
                kept.label == candidate.label && kept.overlap(with: candidate) > limit
            }
            if !isCovered { scratch.kept.append(candidate) }
        }
        return scratch.kept
    }
}
