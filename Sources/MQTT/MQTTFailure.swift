// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CMosquitto
import Glibc

/// Why a connection could not be made, or ended.
public struct MQTTFailure: Error, Sendable, Equatable {
    /// What sort of failure it is.
    public enum Kind: Sendable, Equatable {
        /// The options can never work, such as a certificate file that cannot be read.
        case configuration
        /// The broker could not be reached.
        case unreachable
        /// The two ends do not trust each other.
        case tls
        /// The broker said no.
        case refused(MQTTReason)
        /// The broker ended the connection and said why.
        case ended(MQTTReason)
        /// The connection was lost.
        case lost
    }

    /// What sort of failure it is.
    public var kind: Kind
    /// What happened.
    public var message: String
    /// What to do about it, where that is known.
    public var advice: String?

    /// Makes a failure.
    public init(kind: Kind, message: String, advice: String? = nil) {
        self.kind = kind
        self.message = message
        self.advice = advice
    }
}

extension MQTTFailure: CustomStringConvertible {
    /// What happened and what to do.
    public var description: String {
        advice.map { "\(message) (\($0))" } ?? message
    }
}

extension MQTTFailure {
    /// Reads a result of the C library; `complaint` is what it logged last.
    init(result: Int32, systemError: Int32, complaint: String?, options: MQTTOptions) {
        let place = "\(options.host):\(options.port)"
        switch result {
        case Int32(MOSQ_ERR_ERRNO.rawValue):
            let reason = String(cString: strerror(systemError))
            self.init(kind: .unreachable, message: "\(place): \(reason)")
            if systemError == ECONNREFUSED {
                advice = "is the broker running, and is this its port?"
            }
        case Int32(MOSQ_ERR_EAI.rawValue):
            self.init(
                kind: .unreachable,
                message: "\(place): the name cannot be resolved",
                advice: "check the broker's name and this machine's resolver"
            )
        case Int32(MOSQ_ERR_TLS.rawValue), Int32(MOSQ_ERR_TLS_HANDSHAKE.rawValue):
            self.init(
                kind: .tls,
                message: "\(place): \(complaint ?? "the TLS handshake failed")",
                advice: "check the authority, and the broker's name and dates in its certificate"
            )
        default:
            let text = mosquitto_strerror(result).map { String(cString: $0) } ?? "unknown"
            let short = text.hasSuffix(".") ? String(text.dropLast()) : text
            self.init(kind: .lost, message: "\(place): \(complaint ?? short)")
        }
    }
}
