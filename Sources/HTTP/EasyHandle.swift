// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CCurl

/// A libcurl easy handle with what it keeps from one transfer to the next; the loop's thread alone uses it.
///
/// Making one costs more than resetting it, and that costs more than the few options which differ between two
/// requests of one place: it remembers the place it is set up for.
final class EasyHandle {
    /// Longer bodies are let go of after use.
    private static let longestKept = 64 << 10
    /// libcurl asks whether a body is welcome, and waits up to a second for the answer, from 1 MiB on.
    private static let expectsAbove = 512 << 10

    /// Limits of one request, as libcurl takes them.
    private struct Limits: Equatable {
        var milliseconds: Int
        var connectMilliseconds: Int
        var replyBytes: Int
    }

    let pointer: UnsafeMutableRawPointer
    /// What it is set up for; nil where it has been reset.
    private(set) var place: HTTPRequest.Place?
    /// What is under way on it.
    private(set) var transfer: Transfer?
    /// The place's address, read once: libcurl would read it anew for each request.
    private var address: OpaquePointer?
    private var limits: Limits?
    private let fields = FieldList()
    private var body = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 0)
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    /// Nil when libcurl has no handle left.
    init?() {
        guard let pointer = curl_easy_init() else { return nil }
        self.pointer = pointer
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(pointer)
        curl_url_cleanup(address)
        body.deallocate()
        errorText.deallocate()
    }

    /// What libcurl says about a failure; empty for nothing.
    var complaint: String { String(cString: errorText) }

    /// Prepares it for a transfer: wholly where it was reset, else in what differs from the last.
    func prepare(for transfer: Transfer, options: HTTPClientOptions) throws(HTTPError) {
        let request = transfer.request
        if place?.isPlace(of: request) != true {
            try setUp(for: HTTPRequest.Place(request), userAgent: options.userAgent)
        }
        let isExpectOff = request.body.count > Self.expectsAbove
        let list = try fields.write(request.headers, isExpectOff: isExpectOff)
        _ = ccurl_set_pointer(pointer, CURLOPT_HTTPHEADER, list)
        let limits = Limits(
            milliseconds: Self.milliseconds(request.timeout),
            connectMilliseconds: Self.milliseconds(min(request.connectTimeout, request.timeout)),
            replyBytes: max(1, request.maximumReplyBytes)
        )
        if limits != self.limits { apply(limits) }
        if !request.body.isEmpty { apply(body: request) }
        errorText.pointee = 0
        self.transfer = transfer
    }

    /// Lets go of the transfer that has ended; it can be used for another of the same place.
    func leave() {
        transfer = nil
        guard body.count > Self.longestKept else { return }
        _ = ccurl_set_pointer(pointer, CURLOPT_POSTFIELDS, nil)
        body.deallocate()
        body = .allocate(capacity: 0)
    }

    /// Takes everything off it that was ever set.
    func reset() {
        leave()
        curl_easy_reset(pointer)
        place = nil
        limits = nil
    }

    private func setUp(for place: HTTPRequest.Place, userAgent: String) throws(HTTPError) {
        if self.place != nil { reset() }
        try place.apply(to: pointer, userAgent: userAgent)
        applyAddress(of: place)
        let context = Unmanaged.passUnretained(self).toOpaque()
        for option in [CURLOPT_WRITEDATA, CURLOPT_HEADERDATA] {
            _ = ccurl_set_pointer(pointer, option, context)
        }
        _ = ccurl_set_data_callback(pointer, CURLOPT_WRITEFUNCTION, receiveBody)
        _ = ccurl_set_data_callback(pointer, CURLOPT_HEADERFUNCTION, receiveHeader)
        _ = ccurl_set_pointer(pointer, CURLOPT_ERRORBUFFER, errorText)
        if place.readsBodyOnce {
            _ = ccurl_set_pointer(pointer, CURLOPT_READDATA, context)
            _ = ccurl_set_data_callback(pointer, CURLOPT_READFUNCTION, sendBody)
        }
        self.place = place
    }

    /// An address that cannot be read goes to libcurl as it is, which then says what is wrong with it.
    private func applyAddress(of place: HTTPRequest.Place) {
        curl_url_cleanup(address)
        address = curl_url()
        // As libcurl itself reads CURLOPT_URL.
        let flags = UInt32(CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME)
        if let address, curl_url_set(address, CURLUPART_URL, place.url, flags) == CURLUE_OK {
            _ = ccurl_set_pointer(pointer, CURLOPT_CURLU, UnsafeMutableRawPointer(address))
        } else {
            _ = ccurl_set_string(pointer, CURLOPT_URL, place.url)
        }
    }

    private func apply(_ limits: Limits) {
        _ = ccurl_set_long(pointer, CURLOPT_TIMEOUT_MS, limits.milliseconds)
        _ = ccurl_set_long(pointer, CURLOPT_CONNECTTIMEOUT_MS, limits.connectMilliseconds)
        let bytes = curl_off_t(limits.replyBytes)
        _ = ccurl_set_offset(pointer, CURLOPT_MAXFILESIZE_LARGE, bytes)
        self.limits = limits
    }

    private func apply(body request: HTTPRequest) {
        let size = curl_off_t(request.body.count)
        _ = ccurl_set_offset(pointer, CURLOPT_POSTFIELDSIZE_LARGE, size)
        if request.readsBodyOnce { return }
        if body.count < request.body.count {
            body.deallocate()
            body = .allocate(capacity: max(1024, request.body.count))
        }
        _ = body.update(fromContentsOf: request.body)
        _ = ccurl_set_pointer(pointer, CURLOPT_POSTFIELDS, body.baseAddress)
    }

    private static func milliseconds(_ seconds: Double) -> Int {
        guard seconds.isFinite else { return 1 }
        return max(1, Int(min(seconds, 86_400) * 1000))
    }
}

/// CURLOPT_WRITEFUNCTION.
private func receiveBody(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let transfer = transfer(of: context) else { return 0 }
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
    guard let bytes, let transfer = transfer(of: context) else { return 0 }
    return transfer.send(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
}

/// CURLOPT_HEADERFUNCTION.
private func receiveHeader(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let transfer = transfer(of: context) else { return 0 }
    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return transfer.receive(header: line) ? line.count : 0
}

private func transfer(of context: UnsafeMutableRawPointer?) -> Transfer? {
    context.flatMap { Unmanaged<EasyHandle>.fromOpaque($0).takeUnretainedValue().transfer }
}
