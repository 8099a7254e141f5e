// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Ingest
import Logging
import MQTT
import Synchronization
import TestKit
import Vocabulary

/// A broker, a lane that reads `in/#` from it, and a publisher that writes to it.
struct LaneRig {
    let broker: Broker
    let lane: Lane
    let record: Record
    let publisher: MQTTPublisher
    let log = LogLines()

    init(
        _ behaviour: Record.Behaviour = .commits,
        broker: Broker? = nil,
        configure: (inout LaneOptions) -> Void = { _ in }
    ) throws {
        let broker = try broker ?? Broker()
        self.broker = broker
        let record = Record(behaviour)
        self.record = record
        var options = LaneOptions(
            name: "test",
            mqtt: Self.options(port: broker.port, clientID: "lane"),
            filters: ["in/#"]
        )
        configure(&options)
        let time = ThreadClock()
        lane = Lane(options: options, time: time, logger: log.logger) {
            RecordingHandler(record, time: time)
        }
        publisher = MQTTPublisher(
            options: Self.options(
                port: broker.port,
                clientID: "device-\(UInt32.random(in: .min ... .max))"
            )
        )
    }

    static func options(port: UInt16, clientID: String) -> MQTTOptions {
        var options = MQTTOptions(host: "127.0.0.1", port: port, clientID: clientID)
        options.backoff.first = 0.1
        options.backoff.cap = 0.2
        return options
    }

    /// Starts both and waits until the lane's filters are answered.
    func start() async -> Bool {
        lane.start()
        publisher.start()
        return await eventually {
            publisher.isConnected && lane.status.isConnected
                && !lane.status.subscriptions.values.contains(.asked)
        }
    }

    func publish(_ payloads: [String], to topic: String = "in/a", qualityOfService: UInt8 = 1) {
        let publications = payloads.map {
            MQTTPublication(
                topic: topic,
                payload: Array($0.utf8),
                qualityOfService: qualityOfService
            )
        }
        publisher.publish(publications) { _, _ in }
    }

    /// How many acknowledgements the broker has had from the lane.
    var acknowledgements: Int { broker.count(ofLogged: "Received PUBACK from lane") }

    func stop() {
        lane.requestStop()
        publisher.stop(within: 1)
        _ = lane.waitUntilStopped(within: .seconds(5))
    }
}

/// The machine's clocks.
struct ThreadClock: TimeSource {
    var now: MonotonicInstant { MonotonicInstant(nanoseconds: Self.read(CLOCK_MONOTONIC)) }

    var wallTime: WallTime { WallTime(nanoseconds: Self.read(CLOCK_REALTIME)) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Keeps what is logged.
final class LogLines: Sendable {
    // Written on the lane's thread, read by the test.
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    var logger: Logger {
        Logger(label: "test") { _ in Handler(lines: self) }
    }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let line = "\(event.level): \(event.message) \(event.metadata ?? [:])"
            lines.lines.withLock { $0.append(line) }
        }
    }
}

/// Waits until `condition` holds; false when it does not within `seconds`.
func eventually(within seconds: Double = 10, _ condition: @Sendable () -> Bool) async -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return condition()
}
