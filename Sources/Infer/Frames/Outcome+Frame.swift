// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Media
import Vocabulary

extension Finding.Outcome {
    /// The outcome with its boxes as fractions of the camera's frame, not of the model's picture of it.
    ///
    /// Boxes that lie on the bars of a letterbox, and so nowhere in the frame, are left out.
    func inFrame(_ placement: FramePlacement?) -> Finding.Outcome {
        guard let placement, case .detections(let found) = self else { return self }
        return .detections(
            found.compactMap { detection in
                var detection = detection
                detection.box = placement.original(box: detection.box)
                let box = detection.box
                let isSeen = box.count != 4 || (box[2] > box[0] && box[3] > box[1])
                return isSeen ? detection : nil
            }
        )
    }
}
