// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How a frame of any shape becomes one of the model's shape.
public enum FrameFit: String, CaseIterable, Sendable {
    /// Each side by itself: all is seen, its proportions change.
    case stretch
    /// Whole and in proportion, between bars (as Ultralytics' `LetterBox` with centring).
    case letterbox
    /// The middle in proportion, the rest cut off (as Pillow's `ImageOps.fit`).
    case crop

    /// Where a frame of `width` x `height` pixels goes among `newWidth` x `newHeight`.
    ///
    /// `cropShare` is how much of the shorter side a crop keeps, 0…1.
    func placement(
        width: Double,
        height: Double,
        newWidth: Int,
        newHeight: Int,
        cropShare: Double = 1
    ) -> FramePlacement {
        let whole = FrameBox(left: 0, top: 0, right: width, bottom: height)
        var placement = FramePlacement(
            width: width,
            height: height,
            newWidth: newWidth,
            newHeight: newHeight,
            box: whole,
            left: 0,
            top: 0,
            fittedWidth: newWidth,
            fittedHeight: newHeight
        )
        switch self {
        case .stretch: break
        case .letterbox:
            let ratio = min(Double(newWidth) / width, Double(newHeight) / height)
            func side(_ side: Double, _ most: Int) -> Int {
                min(max(Int((side * ratio).rounded(.toNearestOrEven)), 1), most)
            }
            placement.fittedWidth = side(width, newWidth)
            placement.fittedHeight = side(height, newHeight)
            placement.left = (newWidth - placement.fittedWidth) / 2
            placement.top = (newHeight - placement.fittedHeight) / 2
        case .crop:
            let shape = Double(newWidth) / Double(newHeight)
            let isWide = width > height * shape
            let boxHeight = (isWide ? height : width / shape) * cropShare
            let boxWidth = (isWide ? height * shape : width) * cropShare
            placement.box.left = (width - boxWidth) / 2
            placement.box.top = (height - boxHeight) / 2
            placement.box.right = min(placement.box.left + boxWidth, width)
            placement.box.bottom = min(placement.box.top + boxHeight, height)
        }
        return placement
    }
}

/// Where the pixels of a model's input come from: the way back from its boxes to the camera's
/// frame.
public struct FramePlacement: Equatable, Sendable {
    /// The upright frame's size.
    var width: Double
    var height: Double
    /// The model's input.
    var newWidth: Int
    var newHeight: Int
    /// The part of the frame that is seen.
    var box: FrameBox
    /// Where it lies in the model's input.
    var left: Int
    var top: Int
    var fittedWidth: Int
    var fittedHeight: Int

    /// The place in the camera's frame of a place in the model's input, both as fractions 0…1 of
    /// their sides; what lies on a letterbox's bars is moved to the frame's edge.
    public func original(x: Double, y: Double) -> (x: Double, y: Double) {
        func back(
            _ fraction: Double,
            _ side: Int,
            _ start: Int,
            _ fitted: Int,
            _ low: Double,
            _ high: Double,
            _ whole: Double
        ) -> Double {
            let share = (fraction * Double(side) - Double(start)) / Double(fitted)
            return min(max((low + share * (high - low)) / whole, 0), 1)
        }
        return (
            back(x, newWidth, left, fittedWidth, box.left, box.right, width),
            back(y, newHeight, top, fittedHeight, box.top, box.bottom, height)
        )
    }

    /// The box `left, top, right, bottom` of the model's input in the camera's frame, as fractions.
    public func original(box: [Double]) -> [Double] {
        guard box.count == 4 else { return box }
        let low = original(x: box[0], y: box[1])
        let high = original(x: box[2], y: box[3])
        return [low.x, low.y, high.x, high.y]
    }
}
