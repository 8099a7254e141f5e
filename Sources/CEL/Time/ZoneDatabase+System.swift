// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

extension ZoneDatabase {
    /// The machine's own zones, from the TZif files under `/usr/share/zoneinfo`.
    ///
    /// A file is read when a condition first asks for its zone, at most 1 MiB of it; without such
    /// files only UTC and fixed offsets are known.
    public static let system = ZoneDatabase { name in
        folders.lazy.compactMap { read("\($0)/\(name)") }.first
    }

    private static let folders = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo"]
    private static let largestFile = 1 << 20

    /// The bytes of a regular file that is not too large, or nil.
    private static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard
            fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            (1...largestFile).contains(Int(status.st_size))
        else { return nil }
        let size = Int(status.st_size)
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size, let start = buffer.baseAddress {
                let part = Glibc.read(descriptor, start + count, size - count)
                guard part > 0 else { return }
                count += part
            }
        }
        return bytes.count == size ? bytes : nil
    }
}
