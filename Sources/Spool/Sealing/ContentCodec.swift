// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Zstd

/// How contents become bytes in the file and back: compressed, then sealed or summed.
final class ContentCodec {
    /// No content is larger: what one transaction takes of the largest write-ahead log is half of it.
    static let largestContent = 16 << 20

    /// What the columns of a row hold.
    struct Stored {
        var codec: Int
        var seal: Int64?
        var crc: Int64?
        var bytes: [UInt8]
    }

    /// A row that is not what was stored.
    struct Damage: Error {
        var text: String
    }

    /// What came out of a row.
    struct Content {
        var bytes: [UInt8]
        /// The device and stream by their own names, where the row hides them.
        var names: [String]?
    }

    let keys: KeyRing?
    private let options: SpoolOptions
    // Made when the first row wants it, because its working memory is a megabyte.
    private lazy var zstd = ZstdCodec()

    init(keys: KeyRing?, options: SpoolOptions) {
        self.keys = keys
        self.options = options
    }

    /// Compresses and seals or sums; sets `facts.codec`.
    func stored(
        _ body: [UInt8],
        _ facts: inout RowFacts,
        device: String,
        stream: String
    ) throws -> Stored {
        var bytes = body
        facts.codec = 0
        if options.compression == .zstd, body.count >= options.compressedFrom,
            let frame = zstd?.compressed(body)
        {
            bytes = frame
            facts.codec = 1
        }
        if let keys {
            let plain = [UInt8](names: [device, stream]) + bytes
            let sealed = try keys.seal(plain, with: facts.bytes)
            return Stored(codec: facts.codec, seal: keys.current.id, crc: nil, bytes: sealed)
        }
        let crc = Self.checksum(facts, bytes)
        return Stored(codec: facts.codec, seal: nil, crc: crc, bytes: bytes)
    }

    /// Checks, opens and expands; throws `Damage`.
    func content(_ stored: Stored, _ facts: RowFacts) throws(Damage) -> Content {
        var content = Content(bytes: stored.bytes)
        if let epoch = stored.seal {
            guard let keys else { throw Damage(text: "sealed, and no key is configured") }
            do {
                content.bytes = try keys.open(stored.bytes, epoch: epoch, with: facts.bytes)
            } catch let failure as KeyRing.NotOpened {
                throw Damage(text: failure.text)
            } catch {
                throw Damage(text: "its seal does not fit what it holds")
            }
            content.names = content.bytes.removeNames(2)
            guard content.names != nil else { throw Damage(text: "its seal holds no names") }
        } else if let crc = stored.crc, crc != Self.checksum(facts, stored.bytes) {
            throw Damage(text: "its checksum does not fit what it holds")
        }
        switch stored.codec {
        case 0: return content
        case 1:
            guard let zstd else { throw Damage(text: "no memory to expand it") }
            do throws(ZstdError) {
                content.bytes = try zstd.expanded(content.bytes, limit: Self.largestContent)
            } catch {
                throw Damage(text: "its content cannot be expanded")
            }
            return content
        default: throw Damage(text: "its content is written in a way not known here")
        }
    }

    private static func checksum(_ facts: RowFacts, _ bytes: [UInt8]) -> Int64 {
        var crc = CRC32C()
        facts.give { crc.add($0) }
        crc.add(bytes)
        return Int64(crc.value)
    }
}
