// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// What becomes of one reading: its place in time, and whether it completes the window.
///
/// | the reading's time | what happens |
/// | --- | --- |
/// | not before the newest | it goes to the end |
/// | later than the newest by more than `gap` | the window is emptied first |
/// | before the newest by at most `late` | it is sorted into its place |
/// | before the newest by more | it is left out; after 16 such in a row the clock has been set back, and the window begins anew |
///
/// A window of readings is complete when it is full, and then every `hop` readings; one of time when
/// it reaches back as far as it should, and then every `hop`; one of numbers of series like one of
/// readings, at the end of the message. A reading completes one window at most.
extension DeviceWindow {
    /// What became of a reading.
    enum Taking {
        /// It is part of a window that is not complete.
        case gathered
        case complete
        case late
    }

    /// How many late readings in a row are a clock that was set back.
    static let lateLimit = 16

    /// Takes a reading: `count` numbers of each column, one column after the other.
    func take(
        _ numbers: UnsafeBufferPointer<Double>,
        count: Int,
        time: Int64,
        counts: inout WindowTally.Counts
    ) -> Taking {
        if let newest, time < newest {
            guard newest.distance(from: time) > plan.spec.late.nanoseconds else {
                return takeOutOfOrder(numbers, time: time, counts: &counts)
            }
            lateRun += 1
            guard lateRun >= Self.lateLimit else {
                counts.late += 1
                return .late
            }
            counts.clockJumps += 1
            beginAnew()
        } else if let newest, let gap, self.count > 0, time.distance(from: newest) > gap {
            counts.gaps += 1
            empty()
        }
        lateRun = 0
        newest = time
        if self.count == 0, !isPrimed { begin(at: time) }
        track(numbers, count: count, time: time)
        add(numbers, count: count, time: time, counts: &counts)
        return isComplete(after: count, time: time) ? .complete : .gathered
    }

    /// The silence that empties it; a window of time has nothing left after one as long as itself.
    private var gap: Int64? {
        if let gap = plan.spec.gap { return gap.nanoseconds }
        if case .time(let time) = plan.spec.extent { return time.nanoseconds }
        return nil
    }

    private func beginAnew() {
        empty()
        newest = nil
        origin = 0
        for index in tracks.indices { tracks[index].empty() }
    }

    private func begin(at time: Int64) {
        if tracks.allSatisfy(\.panes.isEmpty) { origin = time }
        guard case .time(let length) = plan.spec.extent else { return }
        due = time.moved(by: length.nanoseconds)
    }

    private func add(
        _ numbers: UnsafeBufferPointer<Double>,
        count: Int,
        time: Int64,
        counts: inout WindowTally.Counts
    ) {
        switch plan.spec.extent {
        case .count(let length), .samples(let length):
            // Of more than a window holds, only the end.
            let first = max(0, count - length)
            removeFirst(self.count + count - first - length)
            for offset in first..<count {
                append(numbers, offset: offset, stride: count, time: time)
            }
        case .time(let length):
            while self.count > 0, time.distance(from: oldestTime) >= length.nanoseconds {
                removeFirst(1)
            }
            if self.count == plan.capacity {
                removeFirst(1)
                counts.crowded += 1
            }
            append(numbers, offset: 0, stride: 1, time: time)
        }
    }

    private func takeOutOfOrder(
        _ numbers: UnsafeBufferPointer<Double>,
        time: Int64,
        counts: inout WindowTally.Counts
    ) -> Taking {
        lateRun = 0
        if case .time(let length) = plan.spec.extent, let newest,
            newest.distance(from: time) >= length.nanoseconds
        {
            counts.late += 1
            return .late
        }
        track(numbers, count: 1, time: time)
        guard insert(numbers, time: time) else {
            counts.late += 1
            return .late
        }
        // A window of time is complete by the newest, which this is not.
        guard let newest, plan.spec.length != nil else { return .gathered }
        return isComplete(after: 1, time: newest) ? .complete : .gathered
    }

    private func track(_ numbers: UnsafeBufferPointer<Double>, count: Int, time: Int64) {
        for (index, track) in plan.tracks.enumerated() {
            let from = track.column * count
            let column = UnsafeBufferPointer(rebasing: numbers[from..<from + count])
            tracks[index].append(column, time: time, origin: origin)
        }
    }

    private func isComplete(after count: Int, time: Int64) -> Bool {
        switch plan.spec.extent {
        case .count(let length), .samples(let length):
            if isPrimed { sinceHop += count }
            guard self.count == length, !isPrimed || sinceHop >= plan.spec.hop else { return false }
            sinceHop = isPrimed ? sinceHop % plan.spec.hop : 0
        case .time:
            guard time >= due else { return false }
            let hop = plan.spec.timeHop.nanoseconds
            due = due.moved(by: (time.distance(from: due) / hop + 1).multiplied(by: hop))
        }
        isPrimed = true
        return true
    }
}

extension Int64 {
    /// How far it lies behind `earlier`; the greatest number where that is not enough.
    func distance(from earlier: Int64) -> Int64 {
        let (distance, overflows) = subtractingReportingOverflow(earlier)
        return overflows ? .max : distance
    }

    /// It and `length`; the greatest number where that is not enough.
    func moved(by length: Int64) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(length)
        return overflows ? .max : sum
    }

    func multiplied(by factor: Int64) -> Int64 {
        let (product, overflows) = multipliedReportingOverflow(by: factor)
        return overflows ? .max : product
    }
}
