// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CStorage
import Parts

// Run by valgrind's callgrind (see parts.sh), this counts the instructions of each part: as often as in one iteration
// of its benchmark, once to make it warm and once counted. A program of its own, because valgrind does not survive
// the threads that the benchmarks' runner is started on.
for part in Part.all {
    let run = try part.prepare()
    try run(part.count)
    partsbench_begin()
    try run(part.count)
    partsbench_end("\(part.count) \(part.name)")
}
