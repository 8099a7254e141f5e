// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import FoundationEssentials
public import Vocabulary

/// The token by which a device logs in to Azure IoT Hub with its shared access key.
///
/// HMAC-SHA256 over the resource's address, percent-encoded, a line feed and the end of validity in
/// seconds since 1970. (Azure IoT Hub, "Control access with shared access signatures", security tokens.)
public struct SharedAccessSignature: Sendable {
    /// Why a key cannot be used; holds nothing of it.
    public struct UnusableKey: Error, CustomStringConvertible, Sendable {
        /// What is wrong.
        public var description: String
    }

    /// What is accessed, such as `hub.azure-devices.net/devices/line4`.
    public let resource: String
    private let key: SymmetricKey

    /// Makes a signer with a key as the portal shows it, in base64.
    public init(resource: String, key: String) throws(UnusableKey) {
        guard let bytes = Data(base64Encoded: key), bytes.count >= 16 else {
            throw UnusableKey(description: "a shared access key is base64 of 16 bytes or more")
        }
        self.resource = resource
        self.key = SymmetricKey(data: bytes)
    }

    /// The token that is valid until `expiry`.
    public func token(expiry: WallTime) -> String {
        let seconds = expiry.nanoseconds / 1_000_000_000
        let address = Self.escaped(resource)
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("\(address)\n\(seconds)".utf8),
            using: key
        )
        let signature = Self.escaped(Data(code).base64EncodedString())
        return "SharedAccessSignature sr=\(address)&sig=\(signature)&se=\(seconds)"
    }

    /// Everything but letters, digits and `-._~` escaped (RFC 3986 section 2.1), as the hub does it.
    static func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                bytes += "%\(byte < 16 ? "0" : "")\(digits)".utf8
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
