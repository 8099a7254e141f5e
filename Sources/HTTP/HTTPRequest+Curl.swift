// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CCurl

extension HTTPRequest {
    /// What requests of one kind to one address have in common: a handle that was set up for one of them needs
    /// little for the next.
    ///
    /// An object, so that it is compared often and copied never.
    final class Place: Sendable {
        let method: String
        let url: String
        let unixSocketPath: String?
        let tls: HTTPTLS
        let hasBody: Bool
        let readsBodyOnce: Bool

        init(_ request: HTTPRequest) {
            method = request.method
            url = request.url
            unixSocketPath = request.unixSocketPath
            tls = request.tls
            hasBody = !request.body.isEmpty
            readsBodyOnce = request.readsBodyOnce
        }

        func isPlace(of request: HTTPRequest) -> Bool {
            url == request.url && method == request.method && tls == request.tls
                && unixSocketPath == request.unixSocketPath && hasBody != request.body.isEmpty
                && readsBodyOnce == request.readsBodyOnce
        }
    }

    /// True when the body is read through a callback, which sets itself up in `Transfer`.
    var readsBodyOnce: Bool { isSentOnce && method == "POST" && !body.isEmpty }

    /// Sets the options that differ between requests of one place and returns the header list, to be freed after
    /// use.
    func apply(
        to handle: UnsafeMutableRawPointer
    ) throws(HTTPError) -> UnsafeMutablePointer<curl_slist>? {
        try validateHeaders()
        handle.set(CURLOPT_TIMEOUT_MS, Self.milliseconds(timeout))
        handle.set(CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(min(connectTimeout, timeout)))
        _ = ccurl_set_offset(
            handle,
            CURLOPT_MAXFILESIZE_LARGE,
            curl_off_t(max(1, maximumReplyBytes))
        )
        applyMethodAndBody(to: handle)
        let list = headerList()
        _ = ccurl_set_pointer(handle, CURLOPT_HTTPHEADER, list)
        return list
    }

    private func headerList() -> UnsafeMutablePointer<curl_slist>? {
        // An empty Expect keeps libcurl from waiting a second for `100 Continue` before a large body.
        var list = curl_slist_append(nil, "Expect:")
        var line: [UInt8] = []
        line.reserveCapacity(128)
        for (name, value) in headers {
            line.removeAll(keepingCapacity: true)
            line.append(contentsOf: name.utf8)
            // An empty value is written `name;` in libcurl's list; `name:` would remove the field.
            line.append(UInt8(ascii: value.isEmpty ? ";" : ":"))
            if !value.isEmpty { line.append(UInt8(ascii: " ")) }
            line.append(contentsOf: value.utf8)
            line.append(0)
            list = line.withUnsafeBufferPointer { curl_slist_append(list, $0.baseAddress) } ?? list
        }
        return list
    }

    private func applyMethodAndBody(to handle: UnsafeMutableRawPointer) {
        if !body.isEmpty || method == "POST" {
            handle.set(CURLOPT_POST, 1)
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
            handle.set(CURLOPT_NOBODY, 1)
        } else if method != "POST" && (method != "GET" || !body.isEmpty) {
            handle.set(CURLOPT_CUSTOMREQUEST, method)
        }
    }

    /// Refuses what would let a value write header fields or requests of its own.
    private func validateHeaders() throws(HTTPError) {
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

    fileprivate static func isTokenByte(_ byte: UInt8) -> Bool {
        // Letters, digits and !#$%&'*+-.^_`|~ (RFC 9110 section 5.6.2), a bit each.
        let marks: UInt64 = byte < 64 ? 0x03FF_6CFA_0000_0000 : 0x57FF_FFFF_C7FF_FFFE
        return byte < 128 && marks >> UInt64(byte & 63) & 1 == 1
    }

    private static func milliseconds(_ seconds: Double) -> Int {
        guard seconds.isFinite else { return 1 }
        return max(1, Int(min(seconds, 86_400) * 1000))
    }
}

extension HTTPRequest.Place {
    /// Sets all options that depend on the place alone, on a fresh handle.
    func apply(to handle: UnsafeMutableRawPointer, userAgent: String) throws(HTTPError) {
        try validate()
        handle.set(CURLOPT_URL, url)
        handle.set(CURLOPT_USERAGENT, userAgent)
        // Without this a request that is not limited would go out: older libcurl does not know it.
        guard ccurl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK,
            ccurl_set_string(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") == CURLE_OK
        else {
            throw HTTPError(code: .other, message: "libcurl 7.85 or later is needed")
        }
        handle.set(CURLOPT_FOLLOWLOCATION, 0)
        handle.set(CURLOPT_NOSIGNAL, 1)
        handle.set(CURLOPT_PROXY, "")
        handle.set(CURLOPT_TCP_KEEPALIVE, 1)
        // A name lookup that hangs would otherwise hold the thread, and with it every other transfer,
        // until the resolver gives up.
        handle.set(CURLOPT_QUICK_EXIT, 1)
        handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        applyTLS(to: handle)
        if let unixSocketPath {
            let result = ccurl_set_string(handle, CURLOPT_UNIX_SOCKET_PATH, unixSocketPath)
            guard result == CURLE_OK else {
                throw HTTPError(code: .invalidRequest, message: "the socket's path is too long")
            }
        }
    }

    private func applyTLS(to handle: UnsafeMutableRawPointer) {
        handle.set(CURLOPT_SSL_VERIFYPEER, 1)
        handle.set(CURLOPT_SSL_VERIFYHOST, 2)
        handle.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = tls.caFile {
            handle.set(CURLOPT_CAINFO, file)
            _ = ccurl_set_string(handle, CURLOPT_CAPATH, nil)
            // Read with each connection, so that a file that was replaced is used (libcurl 7.87 keeps it).
            handle.set(CURLOPT_CA_CACHE_TIMEOUT, 0)
        }
        if let file = tls.certificateFile { handle.set(CURLOPT_SSLCERT, file) }
        if let file = tls.keyFile { handle.set(CURLOPT_SSLKEY, file) }
    }

    private func validate() throws(HTTPError) {
        guard !method.isEmpty, method.utf8.allSatisfy(HTTPRequest.isTokenByte) else {
            throw HTTPError(code: .invalidRequest, message: "the method is not a word")
        }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw HTTPError(
                code: .invalidRequest,
                message: "the address has a space or a control character"
            )
        }
    }
}

extension UnsafeMutableRawPointer {
    fileprivate func set(_ option: CURLoption, _ value: Int) {
        _ = ccurl_set_long(self, option, value)
    }

    fileprivate func set(_ option: CURLoption, _ value: String) {
        _ = ccurl_set_string(self, option, value)
    }
}
