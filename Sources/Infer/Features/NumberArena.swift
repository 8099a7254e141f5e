// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Room for the series of one evaluation, given out in pieces and taken back all at once.
///
/// What it gave out stays in place until `reset`. It keeps its memory: once it has grown to what the
/// evaluations need, it allocates nothing. Owned by one thread.
final class NumberArena {
    private var chunks: [UnsafeMutableBufferPointer<Double>] = []
    private var used = 0

    deinit {
        for chunk in chunks { chunk.deallocate() }
    }

    /// Room for `count` numbers, which hold anything.
    func room(for count: Int) -> UnsafeMutableBufferPointer<Double> {
        if let last = chunks.last, last.count - used >= count {
            let room = UnsafeMutableBufferPointer(rebasing: last[used..<used + count])
            used += count
            return room
        }
        let size = max(count, 256, 2 * (chunks.last?.count ?? 0))
        let chunk = UnsafeMutableBufferPointer<Double>.allocate(capacity: size)
        chunk.initialize(repeating: 0)
        chunks.append(chunk)
        used = count
        return UnsafeMutableBufferPointer(rebasing: chunk[..<count])
    }

    /// Takes everything back; several pieces of memory become one that would have been enough.
    func reset() {
        used = 0
        guard chunks.count > 1 else { return }
        let size = chunks.reduce(0) { $0 + $1.count }
        for chunk in chunks { chunk.deallocate() }
        let chunk = UnsafeMutableBufferPointer<Double>.allocate(capacity: size)
        chunk.initialize(repeating: 0)
        chunks = [chunk]
    }
}
