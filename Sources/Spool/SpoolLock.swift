// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The file beside the spool that keeps a second process out, held with flock(2).
///
/// The kernel lets go of it when the process ends, however it ends; the file itself stays.
struct SpoolLock: ~Copyable {
    private let descriptor: Int32

    /// Takes the lock beside the file at `path`, or says who has it.
    init(path: String) throws(SpoolError) {
        let name = path + ".lock"
        let descriptor = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw SpoolError(
                .broken,
                "cannot open `\(name)`; the folder must exist and be writable",
                underlying: String(cString: strerror(errno))
            )
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            var text = [UInt8](repeating: 0, count: 32)
            let count = max(0, pread(descriptor, &text, text.count, 0))
            close(descriptor)
            guard reason == EWOULDBLOCK else {
                throw SpoolError(
                    .broken,
                    "cannot lock `\(name)`",
                    underlying: String(cString: strerror(reason))
                )
            }
            let digits = text[..<count].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }
            let owner = digits.isEmpty ? "another process" : String(decoding: digits, as: UTF8.self)
            throw SpoolError(
                .locked,
                "`\(path)` is in use by process \(owner); stop it, or ask it over its socket"
            )
        }
        let owner = Array("\(getpid())\n".utf8)
        // Only for the message above: the lock holds whether or not the number could be written.
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, owner, owner.count, 0)
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }
}
