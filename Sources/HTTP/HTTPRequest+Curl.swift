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

    /// True when the body is read through a callback, which cannot be rewound.
    var readsBodyOnce: Bool { isSentOnce && method == "POST" && !body.isEmpty }
}

extension HTTPRequest.Place {
    /// Sets all options that depend on the place alone, but for its address, on a fresh handle.
    func apply(to handle: UnsafeMutableRawPointer, userAgent: String) throws(HTTPError) {
        try validate()
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
        applyMethod(to: handle)
        applyTLS(to: handle)
        if let unixSocketPath {
            let result = ccurl_set_string(handle, CURLOPT_UNIX_SOCKET_PATH, unixSocketPath)
            guard result == CURLE_OK else {
                throw HTTPError(code: .invalidRequest, message: "the socket's path is too long")
            }
        }
    }

    private func applyMethod(to handle: UnsafeMutableRawPointer) {
        if hasBody || method == "POST" { handle.set(CURLOPT_POST, 1) }
        if !hasBody && method == "POST" {
            _ = ccurl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, 0)
            _ = ccurl_set_string(handle, CURLOPT_COPYPOSTFIELDS, "")
        }
        if method == "HEAD" {
            handle.set(CURLOPT_NOBODY, 1)
        } else if method != "POST" && (method != "GET" || hasBody) {
            handle.set(CURLOPT_CUSTOMREQUEST, method)
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
        guard !method.isEmpty, method.utf8.allSatisfy(FieldList.isTokenByte) else {
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
