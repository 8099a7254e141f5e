// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension JSONWriter {
    /// Writes objects found in an image: a list of `label`, `score` and `box` each.
    public mutating func value(_ detections: some Sequence<Finding.Detection>) {
        beginArray()
        for detection in detections {
            beginObject()
            member("label", detection.label)
            member("score", detection.score)
            key("box")
            beginArray()
            for side in detection.box { value(side) }
            endArray()
            endObject()
        }
        endArray()
    }
}
