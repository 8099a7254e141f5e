// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MQTT

@Suite struct PublisherInboxTests {
    private func batch(_ count: Int) -> PublicationBatch {
        let publication = MQTTPublication(topic: "t", payload: [])
        return PublicationBatch(publications: Array(repeating: publication, count: count)) { _, _ in
        }
    }

    private func connected(limit: Int) -> PublisherInbox {
        var inbox = PublisherInbox(limit: limit)
        _ = inbox.open()
        inbox.status.isConnected = true
        return inbox
    }

    @Test func `takes nothing before it is opened`() {
        var inbox = PublisherInbox(limit: 10)
        #expect(inbox.take(batch(1)) == false)
    }

    @Test func `opens once`() {
        var inbox = PublisherInbox(limit: 10)
        #expect(inbox.open() == true)
        #expect(inbox.open() == false)
    }

    @Test func `fails what comes without a connection`() {
        var inbox = PublisherInbox(limit: 10)
        _ = inbox.open()
        #expect(inbox.take(batch(2)) == true)
        #expect(inbox.drain().map(\.failure) == [.notConnected, .notConnected])
    }

    @Test func `fails what is beyond the limit`() {
        var inbox = connected(limit: 2)
        #expect(inbox.take(batch(3)) == true)
        #expect(inbox.drain().map(\.failure) == [nil, nil, .queueFull])
    }

    @Test func `has room again once something is settled`() {
        var inbox = connected(limit: 1)
        _ = inbox.take(batch(1))
        _ = inbox.drain()
        inbox.settled(.acknowledged)
        _ = inbox.take(batch(1))
        #expect(inbox.drain().map(\.failure) == [nil])
        #expect(inbox.status.acknowledged == 1)
    }

    @Test func `fails what comes after the stop was asked for`() {
        var inbox = connected(limit: 10)
        inbox.requestStop(at: 5)
        #expect(inbox.take(batch(1)) == true)
        #expect(inbox.drain().map(\.failure) == [.notConnected])
    }

    @Test func `closes only when it is empty`() {
        var inbox = connected(limit: 10)
        _ = inbox.take(batch(1))
        let isClosedFull = inbox.closeIfEmpty()
        #expect(!isClosedFull)
        _ = inbox.drain()
        let isClosed = inbox.closeIfEmpty()
        #expect(isClosed)
        #expect(inbox.take(batch(1)) == false)
    }

    @Test func `an earlier stop deadline wins`() {
        var inbox = connected(limit: 10)
        inbox.requestStop(at: 5)
        inbox.requestStop(at: 9)
        #expect(inbox.stopDeadline == 5)
    }
}
