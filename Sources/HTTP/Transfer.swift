// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CCurl
import Synchronization

/// One request on its way, and what has come back so far.
///
/// Made by the caller, then handed to the loop, whose thread alone touches it until it has ended.
// @unchecked: only the loop's thread touches what changes, after the hand-over, which the loop's lock
// orders; `isCancelled` is atomic.
final class Transfer: @unchecked Sendable {
    let id: UInt64
    let request: HTTPRequest
    /// Who hears what it comes to.
    let listener: any HTTPListener
    let isCancelled = Atomic(false)

    /// The easy handle while the transfer is under way.
    private(set) var handle: EasyHandle?
    private var maximumHeaderBytes = 0
    private var headers: [(name: String, value: String)] = []
    private var headerBytes = 0
    private var body: [UInt8] = []
    private var isTooLarge = false
    /// Where the body's parts go as they come; nil to gather them.
    private let take: (@Sendable ([UInt8]) -> Void)?
    /// How much of the request's body libcurl has read, where it reads it piece by piece.
    private var bodySent = 0

    init(
        id: UInt64 = 0,
        _ request: HTTPRequest,
        for listener: any HTTPListener,
        take: (@Sendable ([UInt8]) -> Void)? = nil
    ) {
        self.id = id
        self.request = request
        self.listener = listener
        self.take = take
    }

    /// Begins to use a handle, prepared for it, until `end`.
    func begin(on handle: EasyHandle, options: HTTPClientOptions) throws(HTTPError) {
        try handle.prepare(for: self, options: options)
        maximumHeaderBytes = options.maximumHeaderBytes
        self.handle = handle
    }

    /// Lets go of its handle; what it came to has been read from it.
    func end() {
        handle = nil
    }

    /// Gives the next piece of the request's body; 0 at its end.
    func send(into piece: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(piece.count, request.body.count - bodySent)
        request.body.withUnsafeBytes { body in
            piece.copyBytes(from: body[bodySent..<(bodySent + count)])
        }
        bodySent += count
        return count
    }

    /// Takes a piece of the body; false ends the transfer.
    func receive(body bytes: UnsafeRawBufferPointer) -> Bool {
        if let take, status == 200 {
            take(Array(bytes))
            return true
        }
        guard body.count + bytes.count <= request.maximumReplyBytes else {
            isTooLarge = true
            return false
        }
        bytes.withMemoryRebound(to: UInt8.self) { body.append(contentsOf: $0) }
        return true
    }

    /// Takes one line of the header; false ends the transfer.
    func receive(header bytes: UnsafeRawBufferPointer) -> Bool {
        headerBytes += bytes.count
        guard headerBytes <= maximumHeaderBytes else {
            isTooLarge = true
            return false
        }
        if bytes.first == UInt8(ascii: "H"), bytes.starts(with: "HTTP/".utf8) {
            // A status line: what came before belonged to an interim reply.
            headers.removeAll()
            return true
        }
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return true }
        var (start, end) = (colon + 1, bytes.count)
        while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
        while start < end, bytes[end - 1] <= 0x20 { end -= 1 }
        let value = String(
            decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<end]),
            as: UTF8.self
        )
        headers.append((Self.lowercase(bytes[..<colon]), value))
        return true
    }

    /// A field's name, which is ASCII (RFC 9110), in lower case.
    private static func lowercase(_ name: Slice<UnsafeRawBufferPointer>) -> String {
        String(unsafeUninitializedCapacity: name.count) { letters in
            for (place, byte) in name.enumerated() {
                let isCapital = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
                letters[place] = isCapital ? byte | 0x20 : byte
            }
            return name.count
        }
    }

    /// What a finished transfer comes to, read from its handle.
    func outcome(of result: CURLcode) -> Result<HTTPResponse, HTTPError> {
        guard let handle else {
            return .failure(HTTPError(code: .other, message: "the transfer was never started"))
        }
        guard result == CURLE_OK else { return .failure(error(of: result, handle: handle)) }
        var connections = 0
        _ = ccurl_get_long(handle.pointer, CURLINFO_NUM_CONNECTS, &connections)
        return .success(
            HTTPResponse(
                status: status,
                headers: headers,
                body: body,
                totalTime: Double(offset(CURLINFO_TOTAL_TIME_T, handle)) / 1e6,
                connectTime: Double(offset(CURLINFO_CONNECT_TIME_T, handle)) / 1e6,
                isConnectionReused: connections == 0
            )
        )
    }

    /// The reply's status; 0 before there is one.
    private var status: Int {
        var status = 0
        if let handle { _ = ccurl_get_long(handle.pointer, CURLINFO_RESPONSE_CODE, &status) }
        return status
    }

    /// True when bytes of the request have left for the server.
    var hasSent: Bool {
        guard let handle else { return false }
        var size = 0
        _ = ccurl_get_long(handle.pointer, CURLINFO_REQUEST_SIZE, &size)
        return size > 0
    }

    private func error(of result: CURLcode, handle: EasyHandle) -> HTTPError {
        if isTooLarge || result == CURLE_FILESIZE_EXCEEDED {
            let message =
                "the reply is larger than \(request.maximumReplyBytes) bytes"
                + " or its header than \(maximumHeaderBytes)"
            return HTTPError(code: .tooLarge, message: message, mayHaveBeenSent: true)
        }
        var message = handle.complaint
        if message.isEmpty { message = String(cString: curl_easy_strerror(result)) }
        return HTTPError(code: .init(result), message: message, mayHaveBeenSent: hasSent)
    }

    private func offset(_ field: CURLINFO, _ handle: EasyHandle) -> curl_off_t {
        var value: curl_off_t = 0
        _ = ccurl_get_offset(handle.pointer, field, &value)
        return value
    }
}
