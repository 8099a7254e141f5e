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

    /// The certificate the other end has shown, in DER (X.509); nil where there is none.
    ///
    /// Looked up in the process as above. Ends in `SSL_get1_peer_certificate` and `i2d_X509`.
    static func peerCertificate(_ tls: UnsafeMutableRawPointer?) -> [UInt8]? {
        typealias Get = @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer?
        typealias Encode =
            @convention(c) (
                UnsafeMutableRawPointer, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?
            ) -> Int32
        typealias Free = @convention(c) (UnsafeMutableRawPointer) -> Void
        let program = dlopen(nil, RTLD_NOW)
        // OpenSSL 3 has the first name, 1.1 the second.
        let names = ["SSL_get1_peer_certificate", "SSL_get_peer_certificate"]
        guard let tls, let get = names.lazy.compactMap({ dlsym(program, $0) }).first,
            let encode = dlsym(program, "i2d_X509"), let free = dlsym(program, "X509_free"),
            let certificate = unsafeBitCast(get, to: Get.self)(tls)
        else { return nil }
        defer { unsafeBitCast(free, to: Free.self)(certificate) }
        let count = unsafeBitCast(encode, to: Encode.self)(certificate, nil)
        guard count > 0, count < 1 << 20 else { return nil }
        return [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, initialized in
            var place = buffer.baseAddress
            _ = unsafeBitCast(encode, to: Encode.self)(certificate, &place)
            initialized = Int(count)
        }
    }
}
