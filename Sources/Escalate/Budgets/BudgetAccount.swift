// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Vocabulary

/// One server's budget, shared by all endpoints on it; any thread.
final class BudgetAccount: Sendable {
    /// What a question finds when it wants to be asked.
    struct Standing: Equatable, Sendable {
        /// Why no call may leave now; nil when one may.
        var refusal: BudgetLedger.Refusal?
        /// What is left of the tightest limit, 0…1.
        var share: Double
        /// The money left, in units; nil without such a limit.
        var money: Double?
        /// The calls left; nil without such a limit.
        var calls: Int64?
    }

    enum Failure: Error, Equatable, Sendable {
        case refused(BudgetLedger.Refusal)
        /// What would be spent cannot be written down, so it is not spent.
        case notKept
    }

    typealias Taken = Result<BudgetLedger.Receipt, Failure>

    private struct Waiter {
        var cost: BudgetLedger.Cost
        var continuation: CheckedContinuation<Taken, Never>
    }

    private struct State {
        var ledger: BudgetLedger
        var waiters: [Waiter] = []
    }

    /// The smallest reply that is still asked for when bytes run short.
    static let smallestReply: Int64 = 4_096

    let server: String
    private let options: BudgetOptions
    private let store: any BudgetStore
    private let time: any TimeSource
    /// Held for moments only: lane threads read facts through it.
    private let state: Mutex<State>

    init(
        server: String,
        options: BudgetOptions,
        store: any BudgetStore,
        time: any TimeSource
    ) {
        self.server = server
        self.options = options
        self.store = store
        self.time = time
        let clocks = BudgetLedger.Time(wall: time.wallTime, now: time.now)
        let ledger: BudgetLedger
        if let bytes = store.budget(of: server) {
            // What cannot be read may have said that all is spent.
            let record = BudgetRecord(bytes) ?? .spent(options, at: clocks.wall)
            ledger = BudgetLedger(options, record: record, at: clocks)
        } else {
            ledger = BudgetLedger(options, record: nil, at: clocks)
        }
        state = Mutex(State(ledger: ledger))
    }

    /// How it stands now; cheap.
    var standing: Standing {
        let time = clocks
        var ledger = ledger(at: time)
        let least = cost(body: 1, reply: Self.smallestReply)
        var standing = Standing(refusal: ledger.refusal(of: least, at: time), share: 1)
        for line in ledger.lines {
            let share = BudgetReport(limit: line.limit, used: line.used).share
            standing.share = min(standing.share, share)
            switch line.limit.kind {
            case .calls: standing.calls = min(standing.calls ?? .max, line.left)
            case .money:
                let money = Double(line.left) / Double(BudgetOptions.moneyUnit)
                standing.money = min(standing.money ?? .infinity, money)
            case .bytes: break
            }
        }
        return standing
    }

    /// Each limit and what is spent of it.
    var reports: [BudgetReport] {
        ledger(at: clocks).lines.map { BudgetReport(limit: $0.limit, used: $0.used) }
    }

    /// Takes what a call with a body of so many bytes may cost, and says how long its reply may be.
    ///
    /// Waits for the disk now and then. Every call that was granted is settled.
    func take(
        body: Int,
        reply: Int,
        callsAtOnce: Int
    ) async -> Result<(receipt: BudgetLedger.Receipt, reply: Int), Failure> {
        let allowance = allowance(reply: Int64(reply), callsAtOnce: Int64(callsAtOnce))
        let cost = cost(body: Int64(body), reply: allowance)
        let taken: Taken = await withCheckedContinuation { continuation in
            let (answer, record) = state.withLock { state in begin(cost, continuation, &state) }
            if let record { write(record) }
            if let answer { continuation.resume(returning: answer) }
        }
        return taken.map { ($0, Int(allowance)) }
    }

    /// Ends a call: `sent` false when it surely never left; `bytes` nil where they are not known.
    func settle(_ receipt: BudgetLedger.Receipt, sent: Bool, bytes: Int?) {
        var actual = sent ? receipt.cost : BudgetLedger.Cost(calls: 0)
        if sent, let bytes { actual.bytes = min(receipt.cost.bytes, Int64(bytes)) }
        state.withLock { $0.ledger.settle(receipt, actual: actual) }
    }

    /// Lets no more calls leave and has written what was spent, to the last call.
    func close() {
        let (record, waiters) = state.withLock { state in
            defer { state.waiters = [] }
            return (state.ledger.close(), state.waiters)
        }
        for waiter in waiters { waiter.continuation.resume(returning: .failure(.notKept)) }
        store.keep(record.bytes, of: server) { _ in }
    }

    /// A copy to work on: neither who looks on nor a lane waits for the other's sums and calendar.
    private func ledger(at time: BudgetLedger.Time) -> BudgetLedger {
        state.withLock { state in
            state.ledger.turn(to: time)
            return state.ledger
        }
    }

    private var clocks: BudgetLedger.Time { .init(wall: time.wallTime, now: time.now) }

    private func cost(body: Int64, reply: Int64) -> BudgetLedger.Cost {
        BudgetLedger.Cost(calls: 1, bytes: body + reply, money: options.pricePerCall)
    }

    /// How long a reply may be: the endpoint's limit, and less when bytes run short, so that calls side
    /// by side do not lock one another out.
    private func allowance(reply: Int64, callsAtOnce: Int64) -> Int64 {
        let left = state.withLock { state in
            state.ledger.lines.filter { $0.limit.kind == .bytes }.map(\.left).min()
        }
        guard let left else { return reply }
        return min(reply, max(Self.smallestReply, left / (2 * max(1, callsAtOnce))))
    }

    private func begin(
        _ cost: BudgetLedger.Cost,
        _ continuation: CheckedContinuation<Taken, Never>,
        _ state: inout State
    ) -> (answer: Taken?, record: BudgetRecord?) {
        guard !state.ledger.isClosed else { return (.failure(.notKept), nil) }
        if state.waiters.isEmpty {
            switch state.ledger.take(cost, at: clocks) {
            case .granted(let receipt):
                let record =
                    state.ledger.wantsRecord
                    ? state.ledger.nextRecord(for: .init(calls: 0)) : nil
                return (.success(receipt), record)
            case .refused(let refusal): return (.failure(.refused(refusal)), nil)
            case .wait: break
            }
        }
        state.waiters.append(Waiter(cost: cost, continuation: continuation))
        return (nil, state.ledger.nextRecord(for: Self.demand(state)))
    }

    private func write(_ record: BudgetRecord) {
        store.keep(record.bytes, of: server) { [weak self] in self?.written($0) }
    }

    private func written(_ isDurable: Bool) {
        var done: [(Waiter, Taken)] = []
        let record = state.withLock { state -> BudgetRecord? in
            state.ledger.written(isDurable)
            var left = state.waiters[...]
            while let waiter = left.first {
                guard isDurable else {
                    done.append((waiter, .failure(.notKept)))
                    left.removeFirst()
                    continue
                }
                let answer = state.ledger.take(waiter.cost, at: clocks)
                switch answer {
                case .granted(let receipt): done.append((waiter, .success(receipt)))
                case .refused(let refusal): done.append((waiter, .failure(.refused(refusal))))
                case .wait: break
                }
                if answer == .wait { break }
                left.removeFirst()
            }
            state.waiters = Array(left)
            return left.isEmpty ? nil : state.ledger.nextRecord(for: Self.demand(state))
        }
        for (waiter, taken) in done { waiter.continuation.resume(returning: taken) }
        if let record { write(record) }
    }

    private static func demand(_ state: State) -> BudgetLedger.Cost {
        state.waiters.reduce(into: BudgetLedger.Cost(calls: 0)) { sum, waiter in
            sum.calls += waiter.cost.calls
            sum.bytes += waiter.cost.bytes
            sum.money += waiter.cost.money
        }
    }
}
