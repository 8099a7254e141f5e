// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Infer
import Logging
import Vocabulary

/// The core engine on one thread, fed with readings that were decoded beforehand.
struct Engine {
    private let engine: CoreEngine

    /// Loads every model of `repository`; ends the program when one of them is refused.
    init(runtime: String, repository: String) {
        let (engine, diagnostics) = CoreEngine.load(
            repository: repository,
            shownAs: "models",
            runtimeLibrary: runtime,
            logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        )
        guard let engine else { fatalError("\(diagnostics)") }
        self.engine = engine
    }

    /// Nanoseconds a message of a model over the fields `f0`, `f1`, …, `batch` readings at a time: from
    /// decoded readings to findings with their labels and probabilities, and of that the run itself.
    func runs(_ model: String, width: Int, batch: Int, for seconds: String) -> String {
        let handle = bind(model, width: width)
        let lane = engine.makeLane(time: Clock())
        var readings = ReadingBatch(fieldCount: width)
        for row in 0..<batch {
            append(to: &readings, device: "d\(row)", values: (0..<width).map { value(row, $0) })
        }
        let limit = Int64(1e9 * (Double(seconds) ?? 0))
        let begun = nanoseconds()
        var (whole, alone): ([Int64], [Int64]) = ([], [])
        while nanoseconds() - begun < limit {
            // The clock of the process is slow to read, the machine's is not.
            for _ in 0..<32 {
                let start = nanoseconds(CLOCK_MONOTONIC)
                let found = lane.findings(model: handle, readings: readings, rows: 0..<batch)
                whole.append(nanoseconds(CLOCK_MONOTONIC) - start)
                alone.append(lane.runs.reduce(0) { $0 + $1.took.nanoseconds })
                guard found.count == batch else { fatalError("\(found.count) findings") }
            }
        }
        return "\(middle(whole) / Double(batch)) \(middle(alone) / Double(batch))"
    }

    /// Nanoseconds a reading of a model over the field `f0` with so many devices taking turns, in
    /// batches of 64; and how many bytes a device the process has grown by.
    func devices(_ model: String, count: Int, for seconds: String) -> String {
        let handle = bind(model, width: 1)
        let lane = engine.makeLane(time: Clock())
        let size = 64
        let batches = max(1, count / size)
        let names = (0..<min(count, batches * size)).map { "plant/line-\($0 % 7)/machine-\($0)" }
        var time = WallTime(nanoseconds: 1_750_000_000_000_000_000)
        var readings = ReadingBatch(fieldCount: 1)
        var turn = 0
        func round() {
            readings.reset()
            let first = turn % batches * size
            for index in first..<first + size {
                append(
                    to: &readings,
                    device: names[index % names.count],
                    values: [value(turn, index)],
                    at: time
                )
                if names.count == 1 { time = time + .seconds(1) }
            }
            turn += 1
            if turn.isMultiple(of: batches) { time = time + .seconds(1) }
        }
        let before = residentBytes()
        func ask() -> Int {
            round()
            let rows = Array(0..<size)
            lane.observe([handle], readings: &readings, rows: rows) { _ in time }
            return lane.findings(model: handle, readings: readings, rows: rows)
                .count { $0 != nil }
        }
        // Every device has been seen often enough for its window to be full, where it has one.
        for _ in 0..<batches * 40 { _ = ask() }
        let grown = max(0, residentBytes() - before)
        var found = 0
        let (runs, elapsed) = repeated(for: seconds) { found += ask() }
        guard found >= runs * size else { fatalError("\(found) findings in \(runs) runs") }
        // Making the readings is not the engine's work.
        let (rounds, own) = repeated(for: seconds, round)
        let each = Double(elapsed) / Double(runs) - Double(own) / Double(rounds)
        return "\(each / Double(size)) \(Double(grown) / Double(count))"
    }

    private func bind(_ model: String, width: Int) -> ModelHandle {
        let fields = (0..<width).map {
            ReadingSpec.Field(name: "f\($0)", path: "f\($0)", kind: .number)
        }
        guard let reference = engine.resolve(model) else { fatalError("no model \(model)") }
        do {
            return try engine.bind(reference, fields: fields, owner: "bench")
        } catch {
            fatalError("\(error)")
        }
    }

    private func append(
        to readings: inout ReadingBatch,
        device: String,
        values: [Double],
        at time: WallTime? = nil
    ) {
        readings.append(
            ReadingBatch.Row(
                message: readings.count,
                index: 0,
                device: device,
                deviceTime: time,
                sequence: nil
            ),
            values: values.map { .number($0) }
        )
    }

    /// Something between 0 and 1 that is never the same twice in a row.
    private func value(_ row: Int, _ column: Int) -> Double {
        Double((row &* 31 &+ column &* 17) % 101) / 101
    }
}

private let warmUp = 20

/// Repeats `body` for about `seconds`; how often, and how many nanoseconds it took.
func repeated(for seconds: String, _ body: () -> Void) -> (runs: Int, elapsed: Int64) {
    for _ in 0..<warmUp { body() }
    let limit = Int64(1e9 * (Double(seconds) ?? 0))
    let start = nanoseconds()
    var runs = 0
    var elapsed: Int64 = 0
    repeat {
        // The clock is read seldom enough to cost nothing.
        for _ in 0..<32 { body() }
        runs += 32
        elapsed = nanoseconds() - start
    } while elapsed < limit
    return (runs, elapsed)
}

/// The median, which a turn that the machine took away does not move.
private func middle(_ times: [Int64]) -> Double {
    Double(times.sorted()[times.count / 2])
}

func number(_ text: String) -> Int {
    guard let number = Int(text) else { fatalError("\(text) is no number") }
    return number
}

/// Processor time, so that what else the machine does is not counted.
private func nanoseconds() -> Int64 { nanoseconds(CLOCK_PROCESS_CPUTIME_ID) }

private func nanoseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// What the process has in memory of its own.
private func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var (size, resident) = (0, 0)
    withUnsafeMutablePointer(to: &size) { size in
        withUnsafeMutablePointer(to: &resident) { resident in
            _ = withVaList([size, resident]) { vfscanf(file, "%ld %ld", $0) }
        }
    }
    return resident * sysconf(Int32(_SC_PAGESIZE))
}

/// The machine's clocks.
private struct Clock: TimeSource {
    var now: MonotonicInstant { MonotonicInstant(nanoseconds: nanoseconds(CLOCK_MONOTONIC)) }
    var wallTime: WallTime { WallTime(nanoseconds: nanoseconds(CLOCK_REALTIME)) }
}
