// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The last readings of one device: numbers in columns, oldest first, in a ring that grows as it must.
///
/// Places are counted from the first ever taken and lie in the ring by their remainder. Where windows
/// are long, blocks of places are summed up once, and a window's sums are joined from those of its
/// blocks and of the numbers at both ends: nothing is ever subtracted, so nothing drifts. Owned by
/// one thread.
final class DeviceWindow {
    let plan: WindowPlan
    /// The first place that counts, and the one after the last.
    private(set) var start = 0
    private(set) var end = 0
    /// Nanoseconds since 1970 of the newest place; nil while there was none.
    var newest: Int64?
    /// What times are counted from, so that they keep their digits.
    var origin: Int64 = 0
    /// What came since the window was last complete: readings or numbers of series.
    var sinceHop = 0
    /// When a window of time is complete.
    var due: Int64 = 0
    /// Whether it has been complete.
    var isPrimed = false
    /// How many readings in a row came too late.
    var lateRun = 0
    /// The last values of the fields that are joined.
    var joined: [JoinedValue] = []
    var tracks: [SpanTrack] = []

    private var room = 0
    private var values: [Double] = []
    private var times: [Int64] = []
    private var summaries: [SeriesSummary] = []
    private var trends: [SeriesTrend] = []
    /// The blocks before this place are summed up.
    private var summedUp = 0

    init(_ plan: WindowPlan) {
        self.plan = plan
        joined = Array(repeating: JoinedValue(), count: plan.joinedCount)
        tracks = plan.tracks.map { SpanTrack($0.span) }
    }

    /// How many places the window has.
    var count: Int { end - start }

    /// About how much memory it takes.
    var bytes: Int {
        let fixed = 400 + joined.reduce(0) { $0 + $1.bytes }
        let columns = (values.capacity + times.capacity) * 8
        let blocks =
            summaries.capacity * MemoryLayout<SeriesSummary>.stride
            + trends.capacity * MemoryLayout<SeriesTrend>.stride
        return fixed + columns + blocks + tracks.reduce(0) { $0 + $1.bytes }
    }

    // MARK: - Filling

    /// Empties it; what was taken counts no more.
    func empty() {
        (start, end, summedUp) = (0, 0, 0)
        (sinceHop, isPrimed) = (0, false)
    }

    /// Forgets the oldest `count` places.
    func removeFirst(_ count: Int) {
        start += max(0, min(count, end - start))
    }

    /// Adds a place at the end: `numbers` holds one number a column, `stride` apart, from `offset` on.
    func append(_ numbers: UnsafeBufferPointer<Double>, offset: Int, stride: Int, time: Int64) {
        makeRoom()
        let place = end % room
        for column in 0..<plan.columnCount {
            values[column * room + place] = numbers[column * stride + offset]
        }
        if plan.keepsTimes { times[place] = time }
        end += 1
    }

    /// Adds a place before all that are later than `time`; false when it would be the first of a
    /// full window.
    func insert(_ numbers: UnsafeBufferPointer<Double>, time: Int64) -> Bool {
        var place = end
        while place > start, times[(place - 1) % room] > time { place -= 1 }
        if count == plan.capacity || count == plan.spec.length {
            guard place > start else { return false }
            start += 1
        }
        makeRoom()
        var moved = end
        while moved > place {
            let (from, to) = ((moved - 1) % room, moved % room)
            for column in 0..<plan.columnCount {
                values[column * room + to] = values[column * room + from]
            }
            times[to] = times[from]
            moved -= 1
        }
        for column in 0..<plan.columnCount {
            values[column * room + place % room] = numbers[column]
        }
        times[place % room] = time
        end += 1
        if plan.blockLength > 0 {
            summedUp = min(summedUp, place / plan.blockLength * plan.blockLength)
        }
        return true
    }

    /// The time of the oldest place, where places have times.
    var oldestTime: Int64 { times[start % room] }

    /// The time of a place, counted from the oldest, where places have times.
    func time(at index: Int) -> Int64 { times[(start + index) % room] }

    private func makeRoom() {
        guard count == room else { return }
        let block = max(1, plan.blockLength)
        let wanted = min(plan.capacity, max(16, 2 * room))
        let size = (wanted + block - 1) / block * block
        var new = [Double](repeating: 0, count: size * plan.columnCount)
        var newTimes = [Int64](repeating: 0, count: plan.keepsTimes ? size : 0)
        for place in start..<end {
            for column in 0..<plan.columnCount {
                new[column * size + place % size] = values[column * room + place % room]
            }
            if plan.keepsTimes { newTimes[place % size] = times[place % room] }
        }
        (values, times, room) = (new, newTimes, size)
        guard plan.blockLength > 0 else { return }
        summedUp = start / block * block
        let blocks = size / block * plan.columnCount
        summaries = Array(repeating: SeriesSummary(), count: blocks)
        if plan.hasTrends { trends = Array(repeating: SeriesTrend(), count: blocks) }
    }

    // MARK: - Reading

    /// Lays out a column, oldest first; `target` has room for `count` numbers.
    func copy(_ column: Int, into target: UnsafeMutableBufferPointer<Double>) {
        guard count > 0 else { return }
        let first = start % room
        let head = min(count, room - first)
        let offset = column * room
        values.withUnsafeBufferPointer { values in
            let (one, two) = (offset + first, offset)
            _ = target.update(fromContentsOf: values[one..<one + head])
            guard head < count else { return }
            let rest = UnsafeMutableBufferPointer(rebasing: target[head...])
            _ = rest.update(fromContentsOf: values[two..<two + count - head])
        }
    }

    /// Lays out the times in seconds since `origin`, oldest first.
    func copyTimes(into target: UnsafeMutableBufferPointer<Double>) {
        guard plan.keepsTimes else { return }
        for index in 0..<count {
            target[index] = Double(times[(start + index) % room] &- origin) / 1e9
        }
    }

    /// The sums of a column over the whole window.
    func summary(of column: Int) -> SeriesSummary {
        var sum = SeriesSummary()
        joinBlocks(column) { pieces, block in
            if let block {
                sum.append(summaries[block])
            } else {
                sum.append(SeriesSummary(pieces))
            }
        }
        return sum
    }

    /// The trend of a column over the whole window.
    func trend(of column: Int) -> SeriesTrend {
        var sum = SeriesTrend()
        joinBlocks(column) { piece, block in
            if let block {
                sum.append(trends[block])
            } else {
                sum.append(trend(piece))
            }
        }
        return sum
    }

    func value(of function: SeriesFunction, track: Int) -> Double {
        tracks[track].summary(function)
    }

    func slope(track: Int) -> Double { tracks[track].slope }

    /// Goes through the window piece by piece: blocks that are summed up, and what is left at its ends.
    private func joinBlocks(
        _ column: Int,
        _ body: (UnsafeBufferPointer<Double>, _ block: Int?) -> Void
    ) {
        let block = max(1, plan.blockLength)
        sumUp()
        values.withUnsafeBufferPointer { values in
            var place = start
            while place < end {
                let next = min(end, (place / block + 1) * block)
                let from = column * room + place % room
                let piece = UnsafeBufferPointer(rebasing: values[from..<from + next - place])
                let isWhole = next - place == block && next <= summedUp
                body(piece, isWhole ? column * (room / block) + place % room / block : nil)
                place = next
            }
        }
    }

    private func sumUp() {
        let block = plan.blockLength
        guard block > 0, room > 0 else { return }
        summedUp = max(summedUp, start / block * block)
        while summedUp + block <= end {
            let place = summedUp % room
            values.withUnsafeBufferPointer { values in
                for column in 0..<plan.columnCount {
                    let from = column * room + place
                    let piece = UnsafeBufferPointer(rebasing: values[from..<from + block])
                    let slot = column * (room / block) + place / block
                    summaries[slot] = SeriesSummary(piece)
                    if plan.hasTrends { trends[slot] = trend(piece) }
                }
            }
            summedUp += block
        }
    }

    /// The trend of a piece of a column; where it lies in the column is where its times lie.
    private func trend(_ piece: UnsafeBufferPointer<Double>) -> SeriesTrend {
        values.withUnsafeBufferPointer { values in
            guard let first = values.baseAddress, let start = piece.baseAddress else {
                return SeriesTrend()
            }
            let place = (start - first) % room
            return withUnsafeTemporaryAllocation(of: Double.self, capacity: piece.count) {
                seconds in
                for index in 0..<piece.count {
                    seconds[index] = Double(times[place + index] &- origin) / 1e9
                }
                return SeriesTrend(piece, times: UnsafeBufferPointer(seconds))
            }
        }
    }
}
