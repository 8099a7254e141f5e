// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
import TestKit
import Testing

@testable import MQTT

private let hasBroker: Comment = "mosquitto is not installed"

@Suite(.enabled(if: Broker.executable != nil, hasBroker), .serialized)
struct `Publishing at once` {
    private func publisher(_ broker: Broker, queueLimit: Int = 10_000) -> MQTTPublisher {
        MQTTPublisher(
            options: MQTTOptions(host: "127.0.0.1", port: broker.port, clientID: "publisher"),
            queueLimit: queueLimit
        )
    }

    private func publications(_ count: Int, qualityOfService: UInt8) -> [MQTTPublication] {
        (0..<count).map { index in
            MQTTPublication(
                topic: "out/\(index)",
                payload: Array("\(index)".utf8),
                qualityOfService: qualityOfService
            )
        }
    }

    /// How many of `count` publications had left when `publish` returned; at QoS 0 to leave is to be done.
    private func leftAtOnce(_ publisher: MQTTPublisher, _ count: Int) -> Int {
        let left = Mutex(0)
        let caller = pthread_self()
        publisher.publish(publications(count, qualityOfService: 0)) { _, outcome in
            guard outcome == .acknowledged, pthread_equal(pthread_self(), caller) != 0 else {
                return
            }
            left.withLock { $0 += 1 }
        }
        return left.withLock { $0 }
    }

    @Test func `a few leave on the caller's thread while the publisher's sleeps`() async throws {
        let broker = try Broker()
        let publisher = publisher(broker)
        publisher.start()
        #expect(await eventually { publisher.isConnected })
        #expect(await eventually { leftAtOnce(publisher, 3) == 3 })
        #expect(await eventually { publisher.status.outstanding == 0 })
        publisher.stop(within: 2)
    }

    @Test func `many are left to the publisher's thread`() async throws {
        let broker = try Broker()
        let publisher = publisher(broker)
        publisher.start()
        #expect(await eventually { publisher.isConnected })
        for _ in 0..<20 {
            #expect(leftAtOnce(publisher, MQTTPublisher.few + 1) == 0)
            #expect(await eventually { publisher.status.outstanding == 0 })
        }
        publisher.stop(within: 2)
    }

    @Test func `of many threads each is acknowledged once, those of one in order`() async throws {
        let broker = try Broker()
        let publisher = publisher(broker)
        let counts = Mutex([Int](repeating: 0, count: 4_000))
        let isOrdered = Mutex(true)
        publisher.start()
        #expect(await eventually { publisher.isConnected })
        let threads = (0..<4).compactMap { thread in
            LoopThread(name: "caller") { [self] in
                let last = Mutex(-1)
                for turn in 0..<1_000 {
                    // At QoS 0 they are done in the order in which they leave.
                    publisher.publish(publications(1, qualityOfService: turn % 10 == 0 ? 1 : 0)) {
                        _,
                        outcome in
                        guard outcome == .acknowledged else { return }
                        counts.withLock { $0[thread * 1_000 + turn] += 1 }
                        guard turn % 10 != 0 else { return }
                        let isNext = last.withLock { last in
                            defer { last = turn }
                            return last < turn
                        }
                        if !isNext { isOrdered.withLock { $0 = false } }
                    }
                    if turn % 50 == 0 { usleep(500) }
                }
            }
        }
        for thread in threads { #expect(thread.waitUntilFinished(within: 20)) }
        #expect(await eventually { publisher.status.outstanding == 0 })
        #expect(counts.withLock { $0.allSatisfy { $0 == 1 } })
        #expect(isOrdered.withLock { $0 })
        #expect(publisher.stop(within: 2))
    }

    @Test func `a completion may publish again`() async throws {
        let broker = try Broker()
        let publisher = publisher(broker)
        let done = Mutex(0)
        publisher.start()
        #expect(await eventually { publisher.isConnected })
        publisher.publish(publications(1, qualityOfService: 0)) { _, _ in
            publisher.publish(
                [MQTTPublication(topic: "again", payload: [1], qualityOfService: 0)]
            ) { _, outcome in
                if outcome == .acknowledged { done.withLock { $0 += 1 } }
            }
        }
        #expect(await eventually { done.withLock { $0 } == 1 })
        publisher.stop(within: 2)
    }
}
