// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CMosquitto

/// A reason code of MQTT 5.0 (section 2.4), with what it means and what to do about it.
public struct MQTTReason: Sendable, Hashable {
    /// The code.
    public let code: UInt8

    /// Makes a reason from its code.
    public init(code: UInt8) {
        self.code = code
    }

    /// Makes a reason from the return code of an MQTT 3.1.1 CONNACK (section 3.2.2.3).
    public init(returnCode: UInt8) {
        let codes: [UInt8] = [0, 0x84, 0x85, 0x88, 0x86, 0x87]
        code = Int(returnCode) < codes.count ? codes[Int(returnCode)] : 0x80
    }

    /// True when the code reports a failure.
    public var isFailure: Bool { code >= 0x80 }

    /// True when the same may succeed later without anyone changing a configuration.
    public var isTemporary: Bool {
        switch code {
        case 0x80, 0x83, 0x88, 0x89, 0x8B, 0x8D, 0x8E, 0x91, 0x93, 0x96, 0x97, 0x98, 0x9C, 0x9F,
            0xA0:
            true
        default: false
        }
    }

    /// True when the message itself is to blame: its size, its topic or its form.
    public var blamesMessage: Bool { [0x90, 0x95, 0x99].contains(code) }

    /// What an operator can do about it; nil where the text says it all.
    public var advice: String? {
        switch code {
        case 0x80: "look into the broker's log; its access list may refuse it"
        case 0x84: "the broker does not speak this version of MQTT: set the other one"
        case 0x85: "give this client another client id"
        case 0x86, 0x8C: "check the user name and the password"
        case 0x87: "allow it in the broker's access list"
        case 0x8A: "the broker has banned this client"
        case 0x8E: "another client uses the same client id: give each its own"
        case 0x8F: "correct the topic filter"
        case 0x90: "correct the topic"
        case 0x95: "raise the broker's `max_packet_size` or send less"
        case 0x97: "raise the broker's quota for this client"
        case 0x9A: "the broker keeps no messages: switch retain off"
        case 0x9C, 0x9D: "connect to another broker"
        case 0x9E: "the broker has no shared subscriptions: remove `$share/`"
        case 0xA2: "the broker allows no wildcards: name each topic"
        default: nil
        }
    }
}

extension MQTTReason: CustomStringConvertible {
    /// The code's name in the words of the C library.
    public var description: String {
        let text = mosquitto_reason_string(Int32(code)).map { String(cString: $0) } ?? "unknown"
        return "\(text.hasSuffix(".") ? String(text.dropLast()) : text) (code \(code))"
    }
}
