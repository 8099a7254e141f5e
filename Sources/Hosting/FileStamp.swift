// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What tells one content of some files from another without reading them.
struct FileStamp: Equatable {
    private var parts: [Int]

    init(_ paths: [String]) {
        parts = paths.flatMap { path in
            var attributes = stat()
            guard stat(path, &attributes) == 0 else { return [-1] }
            let time = attributes.st_mtim
            return [time.tv_sec, time.tv_nsec, Int(attributes.st_size), Int(attributes.st_ino)]
        }
    }
}
