// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CZstd

/// Zstandard frames (RFC 8878) of bytes in memory, by libzstd.
///
/// Keeps its working memory between calls (about 1 MB); one thread at a time.
public final class ZstdCodec {
    /// What libzstd spends on a frame: 1 is its fast end, 19 its thorough one.
    public static let defaultLevel = 1

    private let compressing: OpaquePointer
    private let expanding: OpaquePointer
    private let level: Int32

    /// Makes a codec; nil when there is no memory for it.
    public init?(level: Int = ZstdCodec.defaultLevel) {
        guard let compressing = ZSTD_createCCtx() else { return nil }
        guard let expanding = ZSTD_createDCtx() else {
            ZSTD_freeCCtx(compressing)
            return nil
        }
        self.compressing = compressing
        self.expanding = expanding
        self.level = Int32(clamping: level)
    }

    deinit {
        ZSTD_freeCCtx(compressing)
        ZSTD_freeDCtx(expanding)
    }

    /// The bytes as one frame; nil when that would not be shorter.
    public func compressed(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count > 1 else { return nil }
        var isShorter = false
        let room = bytes.count - 1
        let frame = [UInt8](unsafeUninitializedCapacity: room) { target, count in
            let size = bytes.withUnsafeBytes { source in
                ZSTD_compressCCtx(
                    compressing,
                    target.baseAddress,
                    room,
                    source.baseAddress,
                    source.count,
                    level
                )
            }
            isShorter = ZSTD_isError(size) == 0
            count = isShorter ? size : 0
        }
        return isShorter ? frame : nil
    }

    /// What a frame holds.
    ///
    /// Throws when it is damaged, does not say its length, or holds more than `limit` bytes; no more
    /// than that is ever allocated.
    public func expanded(_ frame: [UInt8], limit: Int) throws(ZstdError) -> [UInt8] {
        let length = frame.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
        // The two largest numbers stand for "not told" and "no frame".
        guard length < UInt64.max - 1 else { throw .damaged }
        guard length <= UInt64(max(0, limit)) else { throw .tooLong(length) }
        var isWhole = false
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(length)) { target, count in
            let size = frame.withUnsafeBytes { source in
                ZSTD_decompressDCtx(
                    expanding,
                    target.baseAddress,
                    target.count,
                    source.baseAddress,
                    source.count
                )
            }
            isWhole = ZSTD_isError(size) == 0 && size == Int(length)
            count = isWhole ? size : 0
        }
        guard isWhole else { throw .damaged }
        return bytes
    }
}

/// Why a frame cannot be expanded.
public enum ZstdError: Error, Equatable, Sendable {
    /// It is no frame, or one with damage.
    case damaged
    /// It says that it holds this many bytes, more than the caller takes.
    case tooLong(UInt64)
}
