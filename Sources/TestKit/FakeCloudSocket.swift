// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A thread that runs one closure and ends.
enum FakeCloudThread {
    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    static func run(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(body))
        let result = pthread_create(
            &thread,
            nil,
            { context in
                if let context {
                    Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
                }
                return nil
            },
            work.toOpaque()
        )
        guard result == 0 else {
            work.release()
            return
        }
        pthread_detach(thread)
    }
}

extension FakeCloud {
    // Closed in the processes that tests start, or a connection would end only when those do.
    private static func streamSocket(_ family: Int32) -> Int32 {
        socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    }

    static func listenOnLoopback() throws -> (descriptor: Int32, url: String) {
        let descriptor = streamSocket(AF_INET)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(descriptor, address, length) == 0,
                    Glibc.listen(descriptor, 128) == 0
                else { return errno }
                return getsockname(descriptor, address, &length) == 0 ? 0 : errno
            }
        }
        guard result == 0 else { throw NotStarted(code: result) }
        return (descriptor, "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))")
    }

    static func listen(path: String) throws -> (descriptor: Int32, url: String) {
        let descriptor = streamSocket(AF_UNIX)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw NotStarted(code: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let result = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let length = socklen_t(MemoryLayout<sockaddr_un>.size)
                guard bind(descriptor, address, length) == 0 else { return errno }
                return Glibc.listen(descriptor, 128) == 0 ? 0 : errno
            }
        }
        guard result == 0 else { throw NotStarted(code: result) }
        return (descriptor, "http://localhost")
    }
}

/// One connection's bytes, as requests and replies.
struct FakeCloudStream {
    let descriptor: Int32
    private var buffer: [UInt8] = []

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// The next request; nil when the client has gone or does not speak HTTP.
    mutating func next(connection: Int) -> FakeCloud.Request? {
        let mark = Array("\r\n\r\n".utf8)
        var end: Int?
        while true {
            end = buffer.indices.dropLast(3).first { buffer[$0..<($0 + 4)].elementsEqual(mark) }
            if end != nil { break }
            guard fill() else { return nil }
        }
        guard let end else { return nil }
        let head = String(decoding: buffer[..<end], as: UTF8.self)
        buffer.removeFirst(end + 4)
        let lines = head.split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        while buffer.count < length {
            guard fill() else { return nil }
        }
        let bytes = Array(buffer[..<length])
        buffer.removeFirst(length)
        return FakeCloud.Request(
            method: String(words[0]),
            path: String(words[1]),
            headers: headers,
            bytes: bytes,
            connection: connection
        )
    }

    /// Sends a reply; false when the connection is over.
    func write(_ reply: FakeCloud.Reply) -> Bool {
        var text = "HTTP/1.1 \(reply.status) Status\r\nContent-Length: \(reply.bytes.count)\r\n"
        for header in reply.headers { text += "\(header.name): \(header.value)\r\n" }
        let bytes = Array((text + "\r\n").utf8) + reply.bytes
        let count = min(bytes.count, reply.cutAfter ?? bytes.count)
        var sent = 0
        while sent < count {
            let result = bytes.withUnsafeBytes { bytes in
                send(
                    descriptor,
                    bytes.baseAddress?.advanced(by: sent),
                    count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard result > 0 else { return false }
            sent += result
        }
        return count == bytes.count
    }

    private mutating func fill() -> Bool {
        var piece = [UInt8](repeating: 0, count: 65_536)
        let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { return false }
        buffer.append(contentsOf: piece[..<count])
        return true
    }
}
