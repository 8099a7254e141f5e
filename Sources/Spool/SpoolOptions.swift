// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// How a spool is kept.
public struct SpoolOptions: Sendable {
    /// What happens to rows of a priority when a row of that or a higher one does not fit under the cap.
    public enum WhenFull: String, CaseIterable, Codable, Sendable {
        /// The oldest row leaves, counted; never one more urgent than the new one.
        case dropOldest = "drop_oldest"
        /// The row whose decision was worth least leaves, oldest first among equals, counted; see
        /// `NewEntry.value`.
        case dropLowestValue = "drop_lowest_value"
        /// Every second row of each stream leaves, from the oldest on, counted: what is left still spans
        /// the whole time.
        case thin
        /// No row leaves; a new one is refused and its message stays with the broker.
        case refuse
    }

    /// What a stored row survives.
    public enum Durability: String, CaseIterable, Codable, Sendable {
        /// Kill -9 and power cuts.
        case disk
        /// Nothing: the spool is in memory and ends with the process.
        case memory
    }

    /// How contents are written.
    public enum Compression: String, CaseIterable, Codable, Sendable {
        /// As they came.
        case none
        /// As Zstandard frames, where that is shorter.
        case zstd
    }

    /// The smallest cap that leaves room to work.
    public static let minimumSize = 8 << 20

    /// The cap on what the file and its write-ahead log take on disk, in bytes.
    public var maximumSize: Int
    /// What happens to rows of a full spool whose priority has no policy of its own.
    public var whenFull: WhenFull
    /// What happens to rows of a priority, where it is something else.
    public var whenFullByPriority: [Priority: WhenFull] = [:]
    /// The share of the cap that only rows of high priority may use, 0…0.9.
    public var reservedForHigh: Double
    /// The share of the cap that audits may take, 0…0.5; beyond it they are thinned evenly.
    public var auditShare: Double
    /// How many dead letters are kept; the oldest leaves first, counted.
    public var deadLetterLimit: Int
    /// How many bytes of dead letters are kept.
    public var deadLetterBytes: Int
    /// How much of one dead letter's payload is kept, in bytes.
    public var deadLetterPayloadLimit: Int
    /// The keys of a sealed spool: the first seals, all open; no key, no seal.
    public var keys: [MasterKey] = []
    /// How contents are written.
    public var compression = Compression.none
    /// What a stored row survives.
    public var durability = Durability.disk
    /// The shortest content that is compressed, in bytes.
    public var compressedFrom = 512

    /// Makes options; the defaults suit a small gateway.
    public init(
        maximumSize: Int = 1 << 30,
        whenFull: WhenFull = .dropOldest,
        reservedForHigh: Double = 0,
        auditShare: Double = 0.05,
        deadLetterLimit: Int = 10_000,
        deadLetterBytes: Int? = nil,
        deadLetterPayloadLimit: Int = 256 << 10
    ) {
        self.maximumSize = maximumSize
        self.whenFull = whenFull
        self.reservedForHigh = reservedForHigh
        self.auditShare = auditShare
        self.deadLetterLimit = deadLetterLimit
        self.deadLetterBytes = deadLetterBytes ?? min(64 << 20, maximumSize / 8)
        self.deadLetterPayloadLimit = deadLetterPayloadLimit
    }

    /// The most bytes one row's content may have in a spool kept so; a larger one never fits.
    public var largestRow: Int {
        let room = RoomPlan(self)
        let pages = min(room.transactionPages - 16, room.limitBelowHigh)
        // Its key, device and policy are texts beside the content.
        return max(0, (pages - SpoolChange.pagesPerRow) * 4000 - 8192)
    }

    /// What happens to rows of a priority when the spool is full.
    public func whenFull(_ priority: Priority) -> WhenFull {
        whenFullByPriority[priority] ?? whenFull
    }

    /// True when nothing that is stored ever leaves for want of room.
    var refusesAll: Bool { Priority.allCases.allSatisfy { whenFull($0) == .refuse } }

    func checked() throws(SpoolError) -> SpoolOptions {
        guard maximumSize >= Self.minimumSize else {
            throw SpoolError(
                .misconfigured,
                "a spool needs at least \(Self.minimumSize >> 20) MiB, not \(maximumSize) bytes"
            )
        }
        guard (0...0.9).contains(reservedForHigh) else {
            throw SpoolError(.misconfigured, "the reserve for high priority must be 0 to 0.9")
        }
        guard (0...0.5).contains(auditShare) else {
            throw SpoolError(.misconfigured, "the share of audits must be 0 to 0.5")
        }
        guard deadLetterLimit > 0, deadLetterBytes > 0, deadLetterPayloadLimit >= 0 else {
            throw SpoolError(.misconfigured, "the limits on dead letters must be above 0")
        }
        var options = self
        options.deadLetterPayloadLimit = min(deadLetterPayloadLimit, deadLetterBytes / 2)
        return options
    }
}

extension SpoolStore {
    /// False for a row that this spool cannot take however empty it is.
    public func takes(_ entry: NewEntry) -> Bool {
        let texts = entry.key.utf8.count + entry.device.utf8.count + entry.policy.utf8.count
        return entry.body.count + max(0, texts * 2 - 8192) <= options.largestRow
    }
}
