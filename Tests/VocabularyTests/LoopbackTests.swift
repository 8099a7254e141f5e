// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@Suite struct `An address of this machine` {
    @Test(arguments: [
        "localhost", "LOCALHOST", "127.0.0.1", "127.255.0.9", "::1", "[::1]",
    ])
    func `is known by its host`(host: String) {
        #expect(Loopback.contains(host: host))
    }

    @Test(arguments: [
        "", "127", "127.evil.com", "127.0.0.1.evil.com", "localhost.evil.com", "127.0.0.256",
        "127.0.0.", "127.0.0.+1", "127.0.0.0001", "0.0.0.0", "::", "[::1", "128.0.0.1",
    ])
    func `is not one that only begins like it`(host: String) {
        #expect(!Loopback.contains(host: host))
    }

    @Test(arguments: [
        "http://127.0.0.1", "http://127.0.0.1:80/x", "http://localhost?x", "mqtt://[::1]:1883",
        "http://user@localhost:9/",
    ])
    func `is known in a URL`(url: String) {
        #expect(Loopback.contains(url: url))
    }

    @Test(arguments: [
        "", "127.0.0.1", "http://", "http://127.evil.com/", "http://localhost.evil",
        "http://localhost@evil.com/", "http://127.0.0.1\\@evil.com", "http://[::1", "http://[::2]/",
        "http://evil.com/127.0.0.1", "http://evil.com#@localhost", "http://evil.com?@127.0.0.1",
    ])
    func `is not in a URL that only mentions it`(url: String) {
        #expect(!Loopback.contains(url: url))
    }
}
