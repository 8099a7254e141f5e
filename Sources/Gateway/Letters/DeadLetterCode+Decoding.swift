// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Spool

extension DeadLetterCode {
    /// The code of a payload that does not decode, which has the same name.
    init(_ code: DecodeError.Code) {
        self =
            switch code {
            case .empty: .empty
            case .tooLarge: .tooLarge
            case .syntax: .syntax
            case .samples: .samples
            case .base64: .base64
            case .encoding: .encoding
            case .tooDeep: .tooDeep
            case .numberRange: .numberRange
            case .duplicateMember: .duplicateMember
            case .wrongKind: .wrongKind
            case .missing: .missing
            case .time: .time
            case .sequence: .sequence
            case .device: .device
            case .tooMany: .tooMany
            }
    }
}
