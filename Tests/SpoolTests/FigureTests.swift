// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import FoundationEssentials
import Glibc
import TestKit
import Testing
import Vocabulary

@testable import Spool

enum FigureRows {
    static let count =
        ProcessInfo.processInfo.environment["SLUICE_FIGURES"].flatMap { Int($0) } ?? 0
}

/// Figures, printed when SLUICE_FIGURES says how many rows: `SLUICE_FIGURES=1000000 swift test -c release`.
@Suite(.serialized, .enabled(if: FigureRows.count > 0)) struct Figures {
    private func measured(_ body: () throws -> Void) rethrows -> Double {
        let start = DispatchTime.now().uptimeNanoseconds
        try body()
        return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
    }

    private func residentBytes() throws -> Int {
        let text = try String(contentsOf: URL(filePath: "/proc/self/statm"), encoding: .utf8)
        return (Int(text.split(separator: " ")[1]) ?? 0) * 4096
    }

    private func fill(_ spool: SpoolStore, _ count: Int, body: [UInt8]) throws {
        var left = count
        while left > 0 {
            var change = SpoolChange()
            for id in spool.reserveIDs(min(left, 256)) {
                change.inserts.append(
                    NewEntry(
                        id: id,
                        key: "01234567890123456789012345678901:0:\(id)",
                        kind: .deferral,
                        priority: .normal,
                        device: "line-\(id % 997)",
                        policy: "bearing-wear",
                        policyVersion: "0123456789abcdef",
                        body: body
                    )
                )
            }
            left -= 256
            try spool.commit(change)
        }
    }

    @Test func `of inserts, 256 rows a commit`() throws {
        let key = try #require(MasterKey(bytes: [UInt8](repeating: 1, count: 32)))
        let text = #"{"id":"0123","vib":[0.12,0.19,0.22,0.18],"rms":0.182,"kurtosis":3.1,"t":17},"#
        let body = Array(String(repeating: text, count: 10).utf8.prefix(600))
        for (name, keys, compression) in [
            ("plain", [], .none), ("zstd", [], .zstd), ("sealed", [key], .none),
            ("zstd and sealed", [key], .zstd),
        ] as [(String, [MasterKey], SpoolOptions.Compression)] {
            let place = try TemporarySpool()
            var options = SpoolOptions(maximumSize: 4 << 30)
            options.keys = keys
            options.compression = compression
            let spool = try place.open(options)
            try fill(spool, 2560, body: body)
            let count = min(FigureRows.count, 51_200)
            let seconds = try measured { try fill(spool, count, body: body) }
            let leased = try measured {
                var seen = 0
                while seen < count {
                    let rows = try spool.lease([.deferral], limit: 256)
                    seen += rows.count
                    try spool.acknowledge(rows.map(\.id))
                }
            }
            print(
                "figure: \(name): \(Int(Double(count) / seconds)) rows/s in, "
                    + "\(Int(Double(count) / leased)) rows/s out"
            )
        }
    }

    @Test func `of a backlog: time to open, and memory`() throws {
        let place = try TemporarySpool()
        let options = SpoolOptions(maximumSize: 8 << 30)
        try place.open(options).close()
        let before = try residentBytes()
        try measured { _ = try place.open(options) }.report("open an empty spool")
        let empty = try residentBytes()
        do {
            let spool = try place.open(options)
            try fill(spool, FigureRows.count, body: [UInt8](repeating: 7, count: 300))
            try spool.close()
        }
        // What filling it left in the allocator is given back, which Glibc's module does not declare.
        if let found = dlsym(nil, "malloc_trim") {
            typealias Trim = @convention(c) (Int) -> Int32
            _ = unsafeBitCast(found, to: Trim.self)(0)
        }
        let filled = try residentBytes()
        var spool: SpoolStore?
        try measured { spool = try place.open(options) }.report("open \(FigureRows.count) rows")
        try measured { try spool?.put(1) }.report("first row stored")
        try measured { _ = try spool?.lease([.deferral], limit: 50) }.report("first 50 leased")
        let open = try residentBytes()
        print(
            "figure: resident: before \(before >> 10) KiB, empty \(empty >> 10) KiB, "
                + "filled and closed \(filled >> 10) KiB, open \(open >> 10) KiB"
        )
    }
}

extension Double {
    fileprivate func report(_ what: String) {
        print("figure: \(what): \((self * 100_000).rounded() / 100) ms")
    }
}
