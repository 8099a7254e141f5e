// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Windows outlive a restart: what is restored goes on exactly as it would have.
extension WindowGroup: DeviceMemory {
    private static let deviceLimit = 10_000_000

    func save(into writer: inout StateWriter) {
        writer.put(table.count)
        table.visit { device, window in
            writer.put(device)
            window.save(into: &writer)
        }
    }

    func restore(from reader: inout StateReader) throws(StateError) {
        table.removeAll()
        do throws(StateError) {
            for _ in 0..<(try reader.int(in: 0...Self.deviceLimit)) {
                let device = try reader.text(limit: 1 << 16)
                try table.window(of: device).restore(from: &reader)
                _ = table.settle()
            }
        } catch {
            table.removeAll()
            throw error
        }
    }
}

extension DeviceWindow {
    func save(into writer: inout StateWriter) {
        writer.put(newest != nil)
        writer.put(newest ?? 0)
        writer.put(origin)
        writer.put(due)
        writer.put(sinceHop)
        writer.put(lateRun)
        writer.put(isPrimed)
        writer.put(count)
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, count)) { numbers in
            let column = UnsafeMutableBufferPointer(rebasing: numbers[..<count])
            for index in 0..<plan.columnCount {
                copy(index, into: column)
                for number in column { writer.put(number) }
            }
        }
        if plan.keepsTimes {
            for index in 0..<count { writer.put(time(at: index)) }
        }
        for value in joined { value.save(into: &writer) }
        for track in tracks { track.save(into: &writer) }
    }

    /// Takes up what `save` wrote; it is new, and of no use after an error.
    func restore(from reader: inout StateReader) throws(StateError) {
        let hasNewest = try reader.bool()
        let last = try reader.int64()
        newest = hasNewest ? last : nil
        origin = try reader.int64()
        due = try reader.int64()
        let waited = try reader.int(in: 0...Int.max / 2)
        lateRun = try reader.int(in: 0...Self.lateLimit)
        let wasPrimed = try reader.bool()
        let places = try reader.int(in: 0...plan.capacity)
        let width = plan.columnCount + (plan.keepsTimes ? 1 : 0)
        guard reader.remaining / 8 >= places * width else { throw StateError("it ends too early") }
        var numbers: [Double] = []
        numbers.reserveCapacity(places * plan.columnCount)
        for _ in 0..<places * plan.columnCount { numbers.append(try reader.finite()) }
        var earlier = Int64.min
        for place in 0..<places {
            let time = plan.keepsTimes ? try reader.int64() : 0
            guard !plan.keepsTimes || time >= earlier else {
                throw StateError("times are not in order")
            }
            earlier = time
            numbers.withUnsafeBufferPointer { numbers in
                append(numbers, offset: place, stride: places, time: time)
            }
        }
        (sinceHop, isPrimed) = (waited, wasPrimed)
        for index in joined.indices { joined[index] = try JoinedValue(restoring: &reader) }
        for index in tracks.indices { try tracks[index].restore(from: &reader) }
    }
}

extension JoinedValue {
    fileprivate func save(into writer: inout StateWriter) {
        writer.put(time)
        switch value {
        case .number(let number):
            writer.put(1)
            writer.put(number)
        case .flag(let flag):
            writer.put(2)
            writer.put(flag)
        case .text(let text):
            writer.put(3)
            writer.put(text)
        case .absent, .samples, .bytes: writer.put(0)
        }
    }

    fileprivate init(restoring reader: inout StateReader) throws(StateError) {
        let time = try reader.int64()
        switch try reader.int(in: 0...3) {
        case 1: self.init(value: .number(try reader.double()), time: time)
        case 2: self.init(value: .flag(try reader.bool()), time: time)
        case 3: self.init(value: .text(try reader.text(limit: Self.textLimit)), time: time)
        default: self.init()
        }
    }
}

extension SpanTrack {
    fileprivate func save(into writer: inout StateWriter) {
        writer.put(panes.count)
        for pane in panes {
            writer.put(pane.index)
            for number in pane.summary.numbers + pane.trend.numbers { writer.put(number) }
        }
    }

    fileprivate mutating func restore(from reader: inout StateReader) throws(StateError) {
        var panes: [Pane] = []
        for _ in 0..<(try reader.int(in: 0...Self.paneCount)) {
            let index = try reader.int64()
            guard panes.last.map({ $0.index < index }) ?? true else {
                throw StateError("a span is not in order")
            }
            var numbers: [Double] = []
            for _ in 0..<SeriesSummary.numberCount + SeriesTrend.numberCount {
                numbers.append(try reader.double())
            }
            let summary = SeriesSummary(numbers: numbers[..<SeriesSummary.numberCount])
            let trend = SeriesTrend(numbers: numbers[SeriesSummary.numberCount...])
            panes.append(Pane(index: index, summary: summary, trend: trend))
        }
        take(panes)
    }
}
