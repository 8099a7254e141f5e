// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CCurl

/// The header fields of one request as libcurl takes them, in memory that the next request uses again.
///
/// libcurl reads a list while the transfer runs and keeps nothing of it, so it need not be made of
/// `curl_slist_append`'s many small pieces.
final class FieldList {
    private var text = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 512)
    private var nodes = UnsafeMutableBufferPointer<curl_slist>.allocate(capacity: 8)
    private var used = 0

    deinit {
        text.deallocate()
        nodes.deallocate()
    }

    /// Writes fields in place of the former ones; the list lives until the next are written.
    ///
    /// Refuses what would let a value write header fields or requests of its own.
    func write(
        _ fields: [(name: String, value: String)],
        isExpectOff: Bool
    ) throws(HTTPError) -> UnsafeMutablePointer<curl_slist>? {
        // A line is `name: value` and its end; the last is that of `Expect:`.
        let size = fields.reduce(8) { $0 + $1.name.utf8.count + $1.value.utf8.count + 3 }
        makeRoom(bytes: size, lines: fields.count + 1)
        used = 0
        var count = 0
        for (name, value) in fields {
            let start = used
            let isName = append(name, where: Self.isTokenByte)
            // An empty value is written `name;` in libcurl's list; `name:` would remove the field.
            append(UInt8(ascii: value.isEmpty ? ";" : ":"))
            if !value.isEmpty { append(UInt8(ascii: " ")) }
            let isValue = append(value) { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
            guard isName, !name.isEmpty, isValue else {
                throw HTTPError(
                    code: .invalidRequest,
                    message: "a header field has a character that may not stand there"
                )
            }
            end(line: count, from: start)
            count += 1
        }
        if isExpectOff {
            let start = used
            _ = append("Expect:") { _ in true }
            end(line: count, from: start)
            count += 1
        }
        return count == 0 ? nil : nodes.baseAddress
    }

    private func makeRoom(bytes: Int, lines: Int) {
        if text.count < bytes {
            text.deallocate()
            text = .allocate(capacity: 2 * bytes)
        }
        if nodes.count < lines {
            nodes.deallocate()
            nodes = .allocate(capacity: 2 * lines)
        }
    }

    private func append(_ byte: UInt8) {
        text[used] = byte
        used += 1
    }

    /// Appends a text; false when one of its bytes is not allowed.
    private func append(_ part: String, where isAllowed: (UInt8) -> Bool) -> Bool {
        var part = part
        return part.withUTF8 { bytes in
            for byte in bytes {
                guard isAllowed(byte) else { return false }
                append(byte)
            }
            return true
        }
    }

    private func end(line: Int, from start: Int) {
        append(0)
        let data = text.baseAddress.map { UnsafeMutableRawPointer($0 + start) }
        let node = curl_slist(data: data?.assumingMemoryBound(to: CChar.self), next: nil)
        (nodes.baseAddress.map { $0 + line })?.initialize(to: node)
        if line > 0 { nodes[line - 1].next = nodes.baseAddress.map { $0 + line } }
    }

    /// True for letters, digits and !#$%&'*+-.^_`|~ (RFC 9110 section 5.6.2).
    static func isTokenByte(_ byte: UInt8) -> Bool {
        // A bit each.
        let marks: UInt64 = byte < 64 ? 0x03FF_6CFA_0000_0000 : 0x57FF_FFFF_C7FF_FFFE
        return byte < 128 && marks >> UInt64(byte & 63) & 1 == 1
    }
}
