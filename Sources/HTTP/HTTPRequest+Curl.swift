// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CCurl

extension HTTPRequest {
    /// Sets all of libcurl's options for this request and returns its header list, to be freed after use.
    func apply(
        to handle: UnsafeMutableRawPointer,
        userAgent: String
    ) throws(HTTPError) -> UnsafeMutablePointer<curl_slist>? {
        try validate()
        set(handle, CURLOPT_URL, url)
        set(handle, CURLOPT_USERAGENT, userAgent)
        try applyLimits(to: handle)
        try applyTLS(to: handle)
        if let unixSocketPath {
            let result = ccurl_set_string(handle, CURLOPT_UNIX_SOCKET_PATH, unixSocketPath)
            guard result == CURLE_OK else {
                throw HTTPError(code: .invalidRequest, message: "the socket's path is too long")
            }
        }
        applyMethodAndBody(to: handle)
        // An empty Expect keeps libcurl from waiting a second for `100 Continue` before a large body.
        var list = curl_slist_append(nil, "Expect:")
        for header in headers {
            // An empty value is written `name;` in libcurl's list; `name:` would remove the field.
            let line = header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)"
            list = curl_slist_append(list, line) ?? list
        }
        _ = ccurl_set_pointer(handle, CURLOPT_HTTPHEADER, list)
        return list
    }

    private func applyLimits(to handle: UnsafeMutableRawPointer) throws(HTTPError) {
        // Without this a request that is not limited would go out: older libcurl does not know it.
        guard ccurl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK,
            ccurl_set_string(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") == CURLE_OK
        else {
            throw HTTPError(code: .other, message: "libcurl 7.85 or later is needed")
        }
        set(handle, CURLOPT_FOLLOWLOCATION, 0)
        set(handle, CURLOPT_NOSIGNAL, 1)
        set(handle, CURLOPT_TIMEOUT_MS, Self.milliseconds(timeout))
        set(handle, CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(min(connectTimeout, timeout)))
        _ = ccurl_set_offset(
            handle,
            CURLOPT_MAXFILESIZE_LARGE,
            curl_off_t(max(1, maximumReplyBytes))
        )
        set(handle, CURLOPT_PROXY, "")
        set(handle, CURLOPT_TCP_KEEPALIVE, 1)
        // A name lookup that hangs would otherwise hold the thread, and with it every other transfer,
        // until the resolver gives up.
        set(handle, CURLOPT_QUICK_EXIT, 1)
        set(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    }

    private func applyTLS(to handle: UnsafeMutableRawPointer) throws(HTTPError) {
        set(handle, CURLOPT_SSL_VERIFYPEER, 1)
        set(handle, CURLOPT_SSL_VERIFYHOST, 2)
        set(handle, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = tls.caFile {
            set(handle, CURLOPT_CAINFO, file)
            _ = ccurl_set_string(handle, CURLOPT_CAPATH, nil)
            // Read with each connection, so that a file that was replaced is used (libcurl 7.87 keeps it).
            set(handle, CURLOPT_CA_CACHE_TIMEOUT, 0)
        }
        if let file = tls.certificateFile { set(handle, CURLOPT_SSLCERT, file) }
        if let file = tls.keyFile { set(handle, CURLOPT_SSLKEY, file) }
    }

    private func applyMethodAndBody(to handle: UnsafeMutableRawPointer) {
        if !body.isEmpty || method == "POST" {
            set(handle, CURLOPT_POST, 1)
            _ = ccurl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
            if readsBodyOnce { return }
            body.withUnsafeBytes { bytes in
                let start = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
                // libcurl copies `POSTFIELDSIZE_LARGE` bytes; an empty array may have no address.
                if let start, !bytes.isEmpty {
                    _ = ccurl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, start)
                } else {
                    _ = ccurl_set_string(handle, CURLOPT_COPYPOSTFIELDS, "")
                }
            }
        }
        if method == "HEAD" {
            set(handle, CURLOPT_NOBODY, 1)
        } else if method != "POST" && (method != "GET" || !body.isEmpty) {
            set(handle, CURLOPT_CUSTOMREQUEST, method)
        }
    }

    /// True when the body is read through a callback, which sets itself up in `Transfer`.
    var readsBodyOnce: Bool { isSentOnce && method == "POST" && !body.isEmpty }

    /// Refuses what would let a value write header fields or requests of its own.
    private func validate() throws(HTTPError) {
        guard !method.isEmpty, method.utf8.allSatisfy(Self.isTokenByte) else {
            throw HTTPError(code: .invalidRequest, message: "the method is not a word")
        }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw HTTPError(
                code: .invalidRequest,
                message: "the address has a space or a control character"
            )
        }
        for header in headers {
            guard !header.name.isEmpty, header.name.utf8.allSatisfy(Self.isTokenByte),
                header.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
            else {
                throw HTTPError(
                    code: .invalidRequest,
                    message: "a header field has a character that may not stand there"
                )
            }
        }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private static func milliseconds(_ seconds: Double) -> Int {
        guard seconds.isFinite else { return 1 }
        return max(1, Int(min(seconds, 86_400) * 1000))
    }

    private func set(_ handle: UnsafeMutableRawPointer, _ option: CURLoption, _ value: Int) {
        _ = ccurl_set_long(handle, option, value)
    }

    private func set(_ handle: UnsafeMutableRawPointer, _ option: CURLoption, _ value: String) {
        _ = ccurl_set_string(handle, option, value)
    }
}
