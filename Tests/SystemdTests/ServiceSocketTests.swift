// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Systemd
import Testing

/// A service manager's end: a datagram socket that is bound to an address.
private final class Manager {
    let descriptor: Int32
    private let path: String?

    init(_ address: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var name = Array(address.utf8)
        let isAbstract = name.first == UInt8(ascii: "@")
        path = isAbstract ? nil : address
        if isAbstract { name[0] = 0 } else { name.append(0) }
        var bound = sockaddr_un()
        bound.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &bound.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let status = withUnsafePointer(to: &bound) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length)
            }
        }
        try #require(status == 0, "bind: \(String(cString: strerror(errno)))")
    }

    deinit {
        close(descriptor)
        if let path { unlink(path) }
    }

    /// The next datagram; nil when there is none.
    func next() -> String? {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }
}

@Suite struct ServiceSocketTests {
    private static let path = "/tmp/sluice-notify-\(getpid())-\(UInt32.random(in: 0...(.max)))"

    @Test(arguments: ["/tmp/sluice-notify-\(getpid())", "@sluice-notify-\(getpid())"])
    func `a manager hears what is said, at a path and at an abstract name`(
        _ address: String
    ) throws {
        let manager = try Manager(address)
        let socket = try #require(ServiceSocket(address: address))
        #expect(socket.send([.ready, .status("healthy")]))
        #expect(manager.next() == "READY=1\nSTATUS=healthy")
        #expect(socket.send([.watchdog]))
        #expect(manager.next() == "WATCHDOG=1")
        #expect(socket.send([.reloading(microseconds: 17)]))
        #expect(manager.next() == "RELOADING=1\nMONOTONIC_USEC=17")
        #expect(socket.send([.stopping]))
        #expect(manager.next() == "STOPPING=1")
        #expect(socket.send([]))
        #expect(manager.next() == nil)
    }

    @Test func `a manager that is not there is no trouble`() throws {
        let socket = try #require(ServiceSocket(address: Self.path))
        #expect(!socket.send([.ready]))
    }

    @Test func `a manager that does not read is not waited for`() throws {
        let manager = try Manager("@sluice-full-\(getpid())")
        let socket = try #require(ServiceSocket(address: "@sluice-full-\(getpid())"))
        var sent = 0
        while sent < 100_000, socket.send([.watchdog]) { sent += 1 }
        #expect(sent < 100_000)
        #expect(manager.next() == "WATCHDOG=1")
    }

    @Test func `a status is one line, whatever is in it`() {
        #expect(ServiceMessage.status("a\nREADY=1\u{7}b").text == "STATUS=a READY=1 b")
        #expect(ServiceMessage.status(String(repeating: "x", count: 5_000)).text.count == 1_007)
    }

    @Test func `an address that is none is refused`() {
        let long = "/" + String(repeating: "a", count: 107)
        for address in ["", "/", "@", "relative", "vsock:2:1", long, "/a\0b"] {
            #expect(ServiceSocket(address: address) == nil)
        }
        #expect(ServiceSocket(address: String(long.dropLast())) != nil)
    }

    @Test func `a watchdog is for the process it names`() {
        let interval = ServiceWatchdog.interval
        #expect(interval("30000000", nil, 7) == 30_000_000)
        #expect(interval("30000000", "7", 7) == 30_000_000)
        #expect(interval("30000000", "8", 7) == nil)
        #expect(interval("30000000", "x", 7) == nil)
        #expect(interval(nil, nil, 7) == nil)
        #expect(interval("0", nil, 7) == nil)
        #expect(interval("-1", nil, 7) == nil)
    }
}
