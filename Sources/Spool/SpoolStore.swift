// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import GRDB
public import Logging
import Synchronization
public import Vocabulary

/// The spool: what must still leave the gateway, on disk, in one SQLite file.
///
/// # Guarantees
///
/// - A change whose `commit` returned survives kill -9 and a power cut (G1): write-ahead log,
///   `synchronous=FULL`, one fsync a transaction, asserted at every opening. An error means that it is
///   not stored; nothing is ever kept in memory instead.
/// - Rows of a stream (a device, unless told otherwise) leave in their order of arrival inside one
///   priority and way (G3); higher priorities leave first.
/// - File and log together never exceed the cap (G4). What is dropped for it is counted by reason in the
///   same transaction as it goes.
/// - Opening reads a fixed number of pages, and memory holds only what is leased (G5).
///
/// # On disk
///
/// `FILE` (pages of 4 KiB, incremental auto-vacuum, tables in `SpoolSchema`), `FILE-wal` (bounded; see
/// `RoomPlan`) and `FILE.lock` (keeps a second process out; never removed). One connection does
/// everything, because SQLite before 3.51.3 can corrupt a log that two connections reset; it holds the
/// file exclusively, so other programs cannot read it while the gateway runs.
///
/// # What a crash can cost
///
/// Nothing of what was committed. Leases and retry delays are gone, so rows under way are tried again:
/// receivers recognise them by key. A commit that was under way may or may not be there; its caller had
/// no answer and repeats it. Times to live lose up to a minute of having passed.
public final class SpoolStore: Sendable {
    /// True when the last run did not close the spool: its last messages may come again.
    public let wasUncleanExit: Bool
    /// Pages at the end of the log that did not fit when it was opened, and were left out.
    ///
    /// What a power cut left of the last transaction, or one that the disk changed after it was stored.
    public let cutPages: Int
    let committer: Committer
    let options: SpoolOptions
    private let room: RoomPlan
    private let nextID: Atomic<Int64>
    // Let go after the file was closed, by `close` or by deinit.
    private let lock: Mutex<SpoolLock?>

    /// Opens the spool at `path`, making the file when nothing is there (its folder must exist).
    ///
    /// Throws `.locked`, `.keyMissing`, `.corrupt`, `.foreign`, `.newerSchema`, `.misconfigured`, `.diskFull` or
    /// `.broken`; such a file is left as it is. A damaged one is set aside, and what can be read of it goes
    /// into a new one: see `salvage`.
    public static func open(
        path: String,
        options: SpoolOptions = SpoolOptions(),
        time: any TimeSource,
        logger: Logger
    ) throws(SpoolError) -> SpoolStore {
        let options = try options.checked()
        return try SpoolStore(path: path, options: options, time: time, logger: logger)
    }

    private init(
        path: String,
        options: SpoolOptions,
        time: any TimeSource,
        logger: Logger
    ) throws(SpoolError) {
        lock = Mutex(options.durability == .disk ? try SpoolLock(path: path) : nil)
        let room = RoomPlan(options)
        var opening = SpoolOpening(path: path, options: options, time: time, logger: logger)
        let opened = try opening.open()
        let board = FactsBoard(clock: opened.ledger.clock, maximumSize: options.maximumSize)
        board.note(opened.salvage)
        cutPages = opened.cutPages
        opening.onSalvage = { board.note($0) }
        committer = Committer(opening: opening, opened: opened, board: board)
        wasUncleanExit = opened.wasUnclean
        nextID = Atomic(opened.ledger.highestInserted + 1)
        self.options = options
        self.room = room
        try committer.start()
        try perform(pages: 0) { _, _ in }
    }

    deinit {
        committer.stop()
    }

    /// Settles what is queued, marks the exit as clean, closes the file and lets go of it.
    ///
    /// Later calls throw `.closed`.
    public func close() throws(SpoolError) {
        defer {
            committer.stop()
            lock.withLock { $0 = nil }
        }
        try perform(pages: 4) { ledger, db in
            try ledger.storeClock(db, olderThan: 1)
            try Totals.setNumber(Self.cleanExit, 1, db)
        }
    }

    /// The queue as conditions see it; any thread, no waiting for the disk.
    public var facts: QueueFacts { committer.board.facts }

    /// How far audits are thinned now: one whose draw is of a lower class need not be stored.
    public var thinning: Int { committer.board.thinning }

    /// How many rows of these kinds there are, owned ones too; any thread, no waiting for the disk.
    public func depth(of kinds: Set<EntryKind>) -> Int { committer.board.depth(of: kinds) }

    /// How many undecided rows these policies have, owned ones too; any thread, no waiting for the disk.
    public func pending(of policies: some Sequence<String>) -> Int {
        committer.board.pending(of: policies)
    }

    /// The policies that have undecided rows; any thread, no waiting for the disk.
    public var pendingPolicies: Set<String> { committer.board.pendingPolicies }

    /// How many rows left to make room, since the file was made; any thread.
    public var droppedForRoom: Int { committer.board.dropped }

    /// Rows given up, per reason, kind and priority that has any, since the file was made; any thread.
    public var dropped: [SpoolStats.Dropped] {
        SpoolStats.Dropped.sorted(committer.board.drops.rows)
    }

    /// How many dead letters left to make room, since the file was made; any thread.
    public var deadLettersDropped: Int { committer.board.drops.letters }

    /// How much of the room for rows of less than high priority is taken; 1 is full; any thread.
    public var roomTaken: Double { committer.board.roomTaken }

    /// For how long the disk has not answered; nil while nothing is asked of it; any thread.
    public var diskWait: Interval? {
        committer.board.wait(at: DispatchTime.now().uptimeNanoseconds)
    }

    /// True when nothing it holds survives the process.
    public var isInMemory: Bool { options.durability == .memory }

    /// What was salvaged of a damaged file, at the opening or since; nil when nothing had to be.
    public var salvage: SalvageReport? { committer.board.salvage }

    /// How far the salvage of the file has come, which nothing is stored during; nil while there is none; any thread.
    public var salvaging: SalvageProgress? { committer.board.salvaging }

    /// Rows found damaged since the file was made, and how many of them are in quarantine; any thread.
    public var damage: (found: Int, quarantined: Int) { committer.board.damage }

    /// How the disk did last.
    public var condition: SpoolCondition { committer.board.condition }

    /// Reserves the numbers of `count` new rows, from any thread.
    ///
    /// What is not used is simply missing.
    public func reserveIDs(_ count: Int) -> Range<Int64> {
        let end = nextID.add(Int64(count), ordering: .relaxed).newValue
        return (end - Int64(count))..<end
    }

    /// Stores a change and waits until it is on disk; not to be called from a completion.
    @discardableResult
    public func commit(_ change: SpoolChange) throws(SpoolError) -> SpoolReceipt {
        let waiter = Waiter<SpoolReceipt>()
        submit(change) { waiter.resume($0) }
        return try waiter.wait()
    }

    /// Stores a change; `completion` is called once, on the committer's thread, and must not block.
    public func submit(
        _ change: SpoolChange,
        completion: @escaping @Sendable (Result<SpoolReceipt, SpoolError>) -> Void
    ) {
        guard !change.isEmpty else { return completion(.success(SpoolReceipt())) }
        do throws(SpoolError) {
            let pieces = try change.pieces(limit: room.transactionPages)
            Self.submit(pieces[...], SpoolReceipt(), leased: [], committer, completion)
        } catch {
            completion(.failure(error))
        }
    }

    /// One piece after the other, because the later ones may take back what the earlier ones replace.
    // Holds the committer and not the store: were the store's last reference let go on the committer's
    // own thread, its deinit would wait there for itself.
    private static func submit(
        _ pieces: ArraySlice<SpoolChange>,
        _ receipt: SpoolReceipt,
        leased: [Int64],
        _ committer: Committer,
        _ completion: @escaping @Sendable (Result<SpoolReceipt, SpoolError>) -> Void
    ) {
        guard let piece = pieces.first else { return completion(.success(receipt)) }
        let rest = pieces.dropFirst()
        committer.add(
            ClosureJob(pages: piece.pages) { ledger, db in
                try ledger.apply(piece, db)
            } completion: { result in
                switch result {
                case .success(let more):
                    var receipt = receipt
                    receipt.append(more)
                    // Of the last piece nothing has to be handed back.
                    let owned = rest.isEmpty ? [] : leased + piece.leased(more)
                    submit(rest, receipt, leased: owned, committer, completion)
                case .failure(let error):
                    handBack(leased, committer) { completion(.failure(error)) }
                }
            }
        )
    }

    /// Frees the rows of earlier pieces, which nobody would work on any more: their caller was told that
    /// the change failed.
    private static func handBack(
        _ rows: [Int64],
        _ committer: Committer,
        _ completion: @escaping @Sendable () -> Void
    ) {
        guard !rows.isEmpty else { return completion() }
        committer.add(
            ClosureJob(pages: 0) { ledger, _ in
                for row in rows { ledger.leases.release(row, until: nil, now: ledger.clock.now) }
            } completion: { _ in
                completion()
            }
        )
    }

    /// Runs `body` on the committer's thread inside a transaction and waits for the disk.
    @discardableResult
    func perform<Value: Sendable>(
        pages: Int,
        _ body: @escaping @Sendable (Ledger, Database) throws -> Value
    ) throws(SpoolError) -> Value {
        let waiter = Waiter<Value>()
        committer.add(ClosureJob(pages: pages, body) { waiter.resume($0) })
        return try waiter.wait()
    }

    private static let cleanExit = "clean_exit"

    static func ledger(
        _ db: Database,
        _ options: SpoolOptions,
        _ room: RoomPlan,
        _ time: any TimeSource
    ) throws -> Ledger {
        guard !options.keys.isEmpty else {
            return try Ledger(db, options: options, room: room, keys: nil, time: time)
        }
        var made: Ledger?
        try db.inTransaction(.immediate) {
            let keys = try KeyRing(options.keys, db)
            let ledger = try Ledger(db, options: options, room: room, keys: keys, time: time)
            try ledger.sealNames(db)
            made = ledger
            return .commit
        }
        guard let made else { throw SpoolError(.broken, "the spool's keys could not be set up") }
        return made
    }

    static func beginRun(_ ledger: Ledger, _ db: Database) throws -> Bool {
        var isClean = true
        try ledger.transaction(db) {
            try ledger.restoreHeads(db)
            // A new file has no mark at all: nothing was running.
            let mark = try db.integer("SELECT value FROM numbers WHERE name = ?", [cleanExit])
            isClean = mark.map { $0 == 1 } ?? true
            try Totals.setNumber(cleanExit, 0, db)
        }
        return !isClean
    }
}
