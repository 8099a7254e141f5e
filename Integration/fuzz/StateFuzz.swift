// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Vocabulary

// Fuzz target of the detectors, for libFuzzer (see run.sh). The first byte of an input chooses the detector, and whether
// the rest is its kept state, or readings as they come; whatever can be taken up must go on judging without a
// fault. Compiled into one module with the detectors.

/// Values at the edges of their ranges, and ordinary ones.
private let values: [Double] = [
    0, 1, -1, 20.5, 20.25, .nan, 1e300, -1e300, .leastNonzeroMagnitude, .infinity, 21, 3, 3, 3,
    22.75, 1e-9,
]

private struct Playing: DetectorVisitor {
    typealias Result = Void

    let bytes: [UInt8]
    let fields: Int

    func visit<Detector: StreamingDetector>(_ type: Detector.Type, _ plan: Detector.Plan) {
        var reader = StateReader(bytes)
        guard var detector = try? Detector(plan, restoring: &reader) else { return }
        var time = WallTime(nanoseconds: 1_750_000_000_000_000_000)
        for (index, value) in values.enumerated() {
            let reading = [Double](repeating: value, count: fields)
            let score = reading.withUnsafeBufferPointer {
                detector.score($0, at: index % 5 == 4 ? nil : time, plan)
            }
            if !(0...1).contains(score) { fatalError("a score of \(score)") }
            // Forward by minutes as a rule, once by a year, once back.
            time = time + .seconds(index == 7 ? 31_000_000 : index == 9 ? -86_400 : 60)
        }
        var writer = StateWriter()
        detector.save(into: &writer)
        var again = StateReader(writer.bytes)
        if (try? Detector(plan, restoring: &again)) == nil {
            fatalError("what was kept cannot be taken up")
        }
        if detector.byteCount > Detector.mostBytes(plan) { fatalError("more memory than it may") }
    }
}

/// Readings of any numbers: eight bytes a value, a byte how much later it is.
private struct Hearing: DetectorVisitor {
    typealias Result = Void

    let bytes: [UInt8]
    let fields: Int

    func visit<Detector: StreamingDetector>(_ type: Detector.Type, _ plan: Detector.Plan) {
        var detector = Detector(plan)
        var time = WallTime(nanoseconds: 1_750_000_000_000_000_000)
        for start in stride(from: 0, through: bytes.count - 9, by: 9) {
            let bits = bytes[start..<start + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let reading = [Double](repeating: Double(bitPattern: bits), count: fields)
            let later = Int(bytes[start + 8])
            // Seconds as a rule, and up to the ends of what a clock can say.
            time = time + Interval(nanoseconds: later < 128 ? 1_000_000_000 : 1 << (later % 64))
            let score = reading.withUnsafeBufferPointer {
                detector.score($0, at: later == 255 ? nil : time, plan)
            }
            if !(0...1).contains(score) { fatalError("a score of \(score)") }
        }
        if detector.byteCount > Detector.mostBytes(plan) { fatalError("more memory than it may") }
    }
}

/// What detectors keep after some hours.
private struct Learning: DetectorVisitor {
    typealias Result = [UInt8]

    let fields: Int

    func visit<Detector: StreamingDetector>(_ type: Detector.Type, _ plan: Detector.Plan) -> [UInt8]
    {
        var detector = Detector(plan)
        for index in 0..<400 {
            let value = Double(index % 24) + Double(index * 7_919 % 101) / 100
            let reading = [Double](repeating: value, count: fields)
            let time = WallTime(
                nanoseconds: 1_750_000_000_000_000_000 + Int64(index) * 60_000_000_000
            )
            _ = reading.withUnsafeBufferPointer { detector.score($0, at: time, plan) }
        }
        var writer = StateWriter()
        detector.save(into: &writer)
        return writer.bytes
    }
}

private let names = DetectorSettings.Name.allCases

/// Writes the seeds, for which run.sh names a folder.
@_cdecl("LLVMFuzzerInitialize")
public func begin(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>
) -> CInt {
    guard let folder = getenv("SLUICE_FUZZ_SEEDS") else { return 0 }
    for choice in 0..<2 * names.count {
        let fields = choice / names.count + 1
        let settings = DetectorSettings(names[choice % names.count])
        let state = [UInt8(choice)] + settings.accept(Learning(fields: fields), fields: fields)
        guard let file = fopen("\(String(cString: folder))/\(choice)", "w") else { continue }
        fwrite(state, 1, state.count, file)
        fclose(file)
        var heard = [UInt8(choice + 128)]
        for index in 0..<64 {
            let value = index == 40 ? 1e308 : Double(index % 7) + 0.25
            for shift in stride(from: 56, through: 0, by: -8) {
                heard.append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(shift)))
            }
            heard.append(UInt8(index))
        }
        guard let other = fopen("\(String(cString: folder))/h\(choice)", "w") else { continue }
        fwrite(heard, 1, heard.count, other)
        fclose(other)
    }
    return 0
}

/// Reads one input; libFuzzer calls it on one thread.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 0 else { return 0 }
    let fields = Int(start[0]) / names.count % 2 + 1
    let settings = DetectorSettings(names[Int(start[0]) % names.count])
    let bytes = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
    if start[0] < 128 {
        settings.accept(Playing(bytes: bytes, fields: fields), fields: fields)
    } else {
        settings.accept(Hearing(bytes: bytes, fields: fields), fields: fields)
    }
    return 0
}
