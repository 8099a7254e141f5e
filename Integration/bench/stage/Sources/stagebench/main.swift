// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Glibc
import HTTP
import Logging
import Vocabulary

// stagebench URL MODEL SAMPLES CONCURRENCY CALLS BATCH: asks the questions of the file SAMPLES over and over,
// BATCH a call, through the product's stage alone. Prints one line of JSON, as poster does: calls, seconds, CPU
// seconds, failures.

struct Clock: TimeSource {
    var now: MonotonicInstant { MonotonicInstant(nanoseconds: nanoseconds(CLOCK_MONOTONIC)) }
    var wallTime: WallTime { WallTime(nanoseconds: nanoseconds(CLOCK_REALTIME)) }

    private func nanoseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

func cpuSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return [usage.ru_utime, usage.ru_stime].reduce(0) { sum, time in
        sum + Double(time.tv_sec) + Double(time.tv_usec) * 1e-6
    }
}

func number(_ text: String) -> Int {
    guard let number = Int(text), number > 0 else { fatalError("\(text) is no number") }
    return number
}

let words = CommandLine.arguments
guard words.count == 7 else { fatalError("six arguments are needed") }
let (width, batch) = (number(words[4]), number(words[6]))
// Enough in line for every free place to be filled at once.
let chunk = max(64, 4 * batch)
let chunks = max(4, 4 * width * batch / chunk)
let count = (number(words[5]) * batch + chunk - 1) / chunk * chunk
let http = try HTTPClient()
let stage = Escalate(
    endpoints: [
        EndpointOptions(
            name: "central",
            url: words[1],
            model: words[2],
            labels: ["healthy", "worn", "fault"],
            maximumInFlight: width,
            maximumBatch: batch,
            maximumWaiting: 2 * chunk * chunks
        )
    ],
    http: http,
    time: Clock(),
    logger: Logger(label: "stagebench") { _ in SwiftLogNoOpLogHandler() }
)
let asking = Asking(
    stage: stage,
    samples: samples(path: words[3]),
    time: Clock(),
    chunk: chunk,
    chunks: chunks
)
stage.start()
// The first probe says that the endpoint is there; what comes before it is not measured.
while !stage.facts(endpoint: "central").isUp || stage.uplink == .probing { usleep(1_000) }
let before = stage.counts(endpoint: "central")?.calls ?? 0
let (start, cpu) = (Clock().now, cpuSeconds())
let failed = asking.run(count: count)
let (took, used) = (Clock().now - start, cpuSeconds() - cpu)
let calls = (stage.counts(endpoint: "central")?.calls ?? 0) - before
let figures = ["seconds": took.seconds, "cpu": used].map { "\"\($0)\": \($1)" }
print("{\"calls\": \(calls), \"failed\": \(failed), \(figures.joined(separator: ", "))}")
stage.stop()
http.shutdown()
