// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

extension DetectionReader {
    /// Gathers the candidates of a table with a score for each class; false for a score that is none.
    func gather(_ scores: Grid, objectness: Grid?, _ scratch: inout DetectionScratch) -> Bool {
        if source == .logitWithNothing { return gatherBySoftmax(scores, &scratch) }
        guard scores.columns > 0 else { return scores.rows == 0 }
        scratch.best.removeAll(keepingCapacity: true)
        scratch.best.append(contentsOf: repeatElement(-Float.infinity, count: scores.rows))
        scratch.bestClass.removeAll(keepingCapacity: true)
        scratch.bestClass.append(contentsOf: repeatElement(0, count: scores.rows))
        // Zero times what is not finite is not a number, and stays so through every sum.
        var poison: Float = 0
        scratch.best.withUnsafeMutableBufferPointer { best in
            scratch.bestClass.withUnsafeMutableBufferPointer { bestClass in
                func look(_ row: Int, _ column: Int) {
                    let score = scores[row, column]
                    poison += score * 0
                    if score > best[row] {
                        best[row] = score
                        bestClass[row] = Int32(column)
                    }
                }
                // In the order of the memory: a table of 80 classes and 8 400 boxes does not fit the
                // nearest caches.
                if scores.rowStride == 1 {
                    for column in 0..<scores.columns {
                        for row in 0..<scores.rows { look(row, column) }
                    }
                } else {
                    for row in 0..<scores.rows {
                        for column in 0..<scores.columns { look(row, column) }
                    }
                }
            }
        }
        for row in 0..<scores.rows {
            var score = probability(scratch.best[row])
            if let objectness {
                let object = objectness[row, 0]
                poison += object * 0
                score *= probability(object)
            }
            guard isSound(score) else { return false }
            guard score >= Float(least) else { continue }
            scratch.add(row: row, label: Int(scratch.bestClass[row]), score: score)
        }
        return poison == 0
    }

    /// Gathers the candidates of one score and one class a box; false for a score that is none.
    func gather(_ scores: Grid, _ classes: Grid, _ scratch: inout DetectionScratch) -> Bool {
        for row in 0..<scores.rows {
            let score = probability(scores[row, 0])
            guard isSound(score) else { return false }
            guard score >= Float(least) else { continue }
            let number = classes[row, 0]
            guard number.isFinite, number.magnitude < 1e6 else { return false }
            scratch.add(row: row, label: Int(number.rounded()) - firstClass, score: score)
        }
        return true
    }

    /// The same where the last column says that there is nothing.
    private func gatherBySoftmax(_ scores: Grid, _ scratch: inout DetectionScratch) -> Bool {
        guard scores.columns > 1 else { return scores.rows == 0 }
        for row in 0..<scores.rows {
            var top = -Float.infinity
            var best = 0
            for column in 0..<scores.columns {
                let score = scores[row, column]
                guard score.isFinite else { return false }
                if score > scores[row, best], column < scores.columns - 1 { best = column }
                top = max(top, score)
            }
            var sum: Float = 0
            for column in 0..<scores.columns { sum += exp(scores[row, column] - top) }
            let score = exp(scores[row, best] - top) / sum
            guard score >= Float(least) else { continue }
            scratch.add(row: row, label: best, score: score)
        }
        return true
    }

    private func probability(_ score: Float) -> Float {
        switch source {
        case .probability: score
        case .logit, .logitWithNothing: 1 / (1 + exp(-score))
        }
    }

    /// Rounding is forgiven.
    private func isSound(_ score: Float) -> Bool { score >= -1e-3 && score <= 1.001 }

    /// Puts the candidates' boxes in place, as fractions of the image; false for one that is not
    /// finite.
    func place(_ boxes: Grid, in scratch: inout DetectionScratch) -> Bool {
        let (width, height) = (Float(width), Float(height))
        var kept = 0
        for index in scratch.candidates.indices {
            var candidate = scratch.candidates[index]
            let (first, second) = (boxes[candidate.row, 0], boxes[candidate.row, 1])
            let (third, fourth) = (boxes[candidate.row, 2], boxes[candidate.row, 3])
            guard (first + second + third + fourth).isFinite else { return false }
            switch format {
            case .xyxy:
                (candidate.left, candidate.top) = (first, second)
                (candidate.right, candidate.bottom) = (third, fourth)
            case .yxyx:
                (candidate.top, candidate.left) = (first, second)
                (candidate.bottom, candidate.right) = (third, fourth)
            case .xywh:
                (candidate.left, candidate.top) = (first, second)
                (candidate.right, candidate.bottom) = (first + third, second + fourth)
            case .cxcywh:
                (candidate.left, candidate.top) = (first - third / 2, second - fourth / 2)
                (candidate.right, candidate.bottom) = (first + third / 2, second + fourth / 2)
            }
            candidate.left = max(0, min(candidate.left / width, 1))
            candidate.right = max(0, min(candidate.right / width, 1))
            candidate.top = max(0, min(candidate.top / height, 1))
            candidate.bottom = max(0, min(candidate.bottom / height, 1))
            // A box outside the image, or none at all.
            guard candidate.right > candidate.left, candidate.bottom > candidate.top
            else { continue }
            scratch.candidates[kept] = candidate
            kept += 1
        }
        scratch.candidates.removeLast(scratch.candidates.count - kept)
        return true
    }
}
