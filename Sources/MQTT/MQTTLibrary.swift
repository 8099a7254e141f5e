// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CMosquitto
import Glibc

/// The C library, prepared once for the process.
enum MQTTLibrary {
    // A global is initialised once, however many threads ask for it.
    private static let isReady: Bool = {
        // The broker may close while we write; libmosquitto wants an error then, not a signal.
        signal(SIGPIPE, SIG_IGN)
        return mosquitto_lib_init() == MOSQ_ERR_SUCCESS.rawValue
    }()

    /// Prepares the library; cheap after the first call.
    ///
    /// Ends in `mosquitto_lib_init`.
    static func prepare() throws(MQTTFailure) {
        guard isReady else {
            throw MQTTFailure(kind: .configuration, message: "libmosquitto cannot be initialised")
        }
    }

    /// Bytes OpenSSL has decrypted and not handed over; poll cannot see them.
    ///
    /// Looked up in the process because libmosquitto links OpenSSL and we do not; zero when the
    /// connection is not encrypted. Ends in `SSL_pending`.
    static func pendingBytes(_ tls: UnsafeMutableRawPointer?) -> Int {
        guard let tls, let pending else { return 0 }
        return Int(pending(tls))
    }

    private typealias Pending = @convention(c) (UnsafeMutableRawPointer) -> Int32

    private static let pending: Pending? = {
        // `dlopen(nil)` is the program with all it has loaded: what `RTLD_DEFAULT` searches.
        guard let symbol = dlsym(dlopen(nil, RTLD_NOW), "SSL_pending") else { return nil }
        return unsafeBitCast(symbol, to: Pending.self)
    }()
}
