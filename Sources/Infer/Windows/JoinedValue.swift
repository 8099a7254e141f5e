// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The last value of a field that is joined to the readings of another topic.
struct JoinedValue {
    /// The longest text that is remembered, in bytes.
    static let textLimit = 256

    /// A number, a flag or a text; absent while there was none.
    private(set) var value = FieldValue.absent
    /// Nanoseconds since 1970.
    private(set) var time: Int64 = 0
    /// How many values in a row were older than the one that is remembered.
    private var earlier = 0

    /// About how much memory it takes.
    var bytes: Int {
        let text = if case .text(let text) = value { text.utf8.count } else { 0 }
        return MemoryLayout<Self>.stride + text
    }

    /// Takes a newer value; series and long texts are none.
    ///
    /// After as many older ones in a row as tell a window that its clock was set back, one of them is
    /// taken: a time far ahead must not stand for ever.
    mutating func take(_ value: FieldValue, time: Int64) {
        switch value {
        case .number, .flag: break
        case .text(let text) where text.utf8.count <= Self.textLimit: break
        default: return
        }
        if self.value != .absent, time < self.time {
            earlier += 1
            guard earlier >= DeviceWindow.lateLimit else { return }
        }
        earlier = 0
        self.value = value
        self.time = time
    }

    /// Puts it back as it was.
    init(value: FieldValue = .absent, time: Int64 = 0) {
        self.value = value
        self.time = time
    }
}
