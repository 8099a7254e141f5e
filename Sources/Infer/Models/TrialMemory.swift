// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import FoundationEssentials
import Glibc
import Settings
import Synchronization

/// The trials that ended well, for as long as the process runs and, where it is kept, beyond.
///
/// A model that this very program ran with this very library on this kind of processor, and survived, is
/// not tried again at the next start: what it is remembered by has the digests of its files, how it is
/// run, and the three of them in it, as one SHA-256.
///
/// What was kept is taken away with being read, and kept again once everything runs: a process that dies
/// with a model it believed in tries them all at its next start.
public enum TrialMemory {
    /// How many are kept, the latest ones.
    private static let most = 1_000
    private static let heading = "sluice trials 1"

    private static let passed = Mutex<[String]>([])

    /// Reads, and takes away, what `keep` wrote at `path`; what cannot be read is forgotten.
    public static func recall(path: String) {
        let read = try? BoundedFile.read(path: path, limit: 100 * most)
        guard let bytes = read, unlink(path) == 0 else { return }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.first == heading[...] else { return }
        for line in lines.dropFirst() where line.utf8.count == 64 { add(String(line)) }
    }

    /// Writes to `path` which models have passed, so that the next run need not try them.
    ///
    /// A power cut may lose it, which costs their trials. Returns false where it cannot be written.
    @discardableResult
    public static func keep(path: String) -> Bool {
        let lines = [heading] + passed.withLock { $0.suffix(most) }
        let text = lines.joined(separator: "\n") + "\n"
        let fresh = path + ".new"
        guard (try? Data(text.utf8).write(to: URL(filePath: fresh))) != nil else { return false }
        return rename(fresh, path) == 0
    }

    static func holds(_ key: String) -> Bool { passed.withLock { $0.contains(key) } }

    static func add(_ key: String) {
        passed.withLock { passed in
            if !passed.contains(key) { passed.append(key) }
        }
    }

    /// What a trial is remembered by: `model` says what is run and how, `library` with which file.
    static func key(model: String, library: String) -> String {
        let text = [model, state(of: library), ground].joined(separator: "\n")
        return SHA256.hexadecimal(of: Array(text.utf8))
    }

    /// This program, and the processor that it runs on: the runtime chooses its code by the latter.
    private static let ground = state(of: "/proc/self/exe") + "\n" + processor

    /// How a file is told from another in its place, without reading it.
    private static func state(of path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { return "nothing" }
        return "\(status.st_dev) \(status.st_ino) \(status.st_size) "
            + "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) "
            + "\(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec)"
    }

    /// The first processor's lines that say what it can do; they are alike on one machine.
    private static var processor: String {
        let read = try? BoundedFile.read(path: "/proc/cpuinfo", limit: 4 << 20)
        guard let bytes = read else { return "" }
        let wanted = ["model name", "flags", "Features", "CPU part", "CPU implementer"]
        var lines: [Substring] = []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        where wanted.contains(where: { line.hasPrefix($0) }) {
            // The next one's begin again with what the first one's began with.
            let name = line.prefix { $0 != ":" }
            if lines.contains(where: { $0.hasPrefix(name) }) { break }
            lines.append(line)
        }
        return lines.joined(separator: "\n")
    }
}
