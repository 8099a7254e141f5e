// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The socket on which a service manager hears its service: datagrams to an address in the environment.
///
/// Any thread may send. Nothing is kept open or waited for: a manager that does not listen costs a
/// message, never time.
public struct ServiceSocket: Sendable {
    /// The variable with the address.
    public static let variable = "NOTIFY_SOCKET"

    private let name: [UInt8]
    private let isAbstract: Bool

    /// Makes the socket for an address: a path, or an abstract name behind `@`; nil for what is neither.
    ///
    /// As `sd_notify(3)` describes it, without `vsock:`.
    public init?(address: String) {
        guard let first = address.utf8.first, address.utf8.count > 1 else { return nil }
        guard first == UInt8(ascii: "/") || first == UInt8(ascii: "@") else { return nil }
        let bytes = Array(address.utf8)
        // `sun_path` has 108 bytes, a path's last is a NUL.
        guard bytes.count < 108, !bytes.contains(0) else { return nil }
        isAbstract = first == UInt8(ascii: "@")
        name = isAbstract ? [0] + bytes.dropFirst() : bytes
    }

    /// The socket that this process was given; nil where it was not started by such a manager.
    public static func given() -> ServiceSocket? {
        getenv(variable).flatMap { ServiceSocket(address: String(cString: $0)) }
    }

    /// Sends the messages as one datagram; false when nobody takes it.
    @discardableResult
    public func send(_ messages: [ServiceMessage]) -> Bool {
        guard !messages.isEmpty else { return true }
        let descriptor = socket(
            AF_UNIX,
            Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue),
            0
        )
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let text = Array(messages.map(\.text).joined(separator: "\n").utf8)
        return withAddress { address, length in
            sendto(descriptor, text, text.count, Int32(MSG_NOSIGNAL), address, length)
                == text.count
        }
    }

    private func withAddress<Result>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        // An abstract name has no end but the length's; a path has its NUL.
        let length = MemoryLayout<sa_family_t>.size + name.count + (isAbstract ? 0 : 1)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(length))
            }
        }
    }
}
