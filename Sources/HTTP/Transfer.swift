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
    var handle: UnsafeMutableRawPointer?
    /// What the handle is set up for.
    private(set) var place: HTTPRequest.Place?
    private(set) var maximumHeaderBytes = 0
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
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
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_slist_free_all(headerList)
        errorText.deallocate()
    }

    /// Prepares a handle for this request: wholly one that is fresh or reset, else in what differs from the
    /// last, which must have been of the same address (see `HTTPRequest.Place`).
    func prepare(
        _ handle: UnsafeMutableRawPointer,
        at place: HTTPRequest.Place,
        isFresh: Bool,
        options: HTTPClientOptions
    ) throws(HTTPError) {
        maximumHeaderBytes = options.maximumHeaderBytes
        self.place = place
        if isFresh {
            try place.apply(to: handle, userAgent: options.userAgent)
            _ = ccurl_set_data_callback(handle, CURLOPT_WRITEFUNCTION, receiveBody)
            _ = ccurl_set_data_callback(handle, CURLOPT_HEADERFUNCTION, receiveHeader)
        }
        headerList = try request.apply(to: handle)
        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = ccurl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        _ = ccurl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        _ = ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText)
        if request.readsBodyOnce {
            _ = ccurl_set_pointer(handle, CURLOPT_READDATA, context)
            _ = ccurl_set_data_callback(handle, CURLOPT_READFUNCTION, sendBody)
        }
    }

    /// Takes everything of this request alone off a handle.
    func leave(_ handle: UnsafeMutableRawPointer) {
        // This frees the copy of the body as well; it makes the next request a POST, too, as the same place's is.
        if !request.body.isEmpty { _ = ccurl_set_pointer(handle, CURLOPT_POSTFIELDS, nil) }
        for option in [
            CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_ERRORBUFFER, CURLOPT_READDATA,
            CURLOPT_HTTPHEADER,
        ] {
            _ = ccurl_set_pointer(handle, option, nil)
        }
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
        body.append(contentsOf: bytes)
        return true
    }

    /// Takes one line of the header; false ends the transfer.
    func receive(header bytes: UnsafeRawBufferPointer) -> Bool {
        headerBytes += bytes.count
        guard headerBytes <= maximumHeaderBytes else {
            isTooLarge = true
            return false
        }
        if bytes.starts(with: "HTTP/".utf8) {
            // A status line: what came before belonged to an interim reply.
            headers.removeAll()
            return true
        }
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return true }
        var (start, end) = (colon + 1, bytes.count)
        while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
        while start < end, bytes[end - 1] <= 0x20 { end -= 1 }
        let value = String(decoding: bytes[start..<end], as: UTF8.self)
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
        _ = ccurl_get_long(handle, CURLINFO_NUM_CONNECTS, &connections)
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
        if let handle { _ = ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status) }
        return status
    }

    /// True when bytes of the request have left for the server.
    var hasSent: Bool {
        guard let handle else { return false }
        var size = 0
        _ = ccurl_get_long(handle, CURLINFO_REQUEST_SIZE, &size)
        return size > 0
    }

    private func error(of result: CURLcode, handle: UnsafeMutableRawPointer) -> HTTPError {
        if isTooLarge || result == CURLE_FILESIZE_EXCEEDED {
            let message =
                "the reply is larger than \(request.maximumReplyBytes) bytes"
                + " or its header than \(maximumHeaderBytes)"
            return HTTPError(code: .tooLarge, message: message, mayHaveBeenSent: true)
        }
        var message = String(cString: errorText)
        if message.isEmpty { message = String(cString: curl_easy_strerror(result)) }
        return HTTPError(code: .init(result), message: message, mayHaveBeenSent: hasSent)
    }

    private func offset(_ field: CURLINFO, _ handle: UnsafeMutableRawPointer) -> curl_off_t {
        var value: curl_off_t = 0
        _ = ccurl_get_offset(handle, field, &value)
        return value
    }
}

/// CURLOPT_WRITEFUNCTION.
private func receiveBody(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return transfer.receive(body: piece) ? piece.count : 0
}

/// CURLOPT_READFUNCTION.
private func sendBody(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.send(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
}

/// CURLOPT_HEADERFUNCTION.
private func receiveHeader(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return transfer.receive(header: line) ? line.count : 0
}
