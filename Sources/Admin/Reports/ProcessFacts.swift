// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Telemetry

/// What the process takes of the machine, under the names that every Prometheus client uses.
enum ProcessFacts {
    static var samples: [MetricSample] {
        var samples: [MetricSample] = []
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            let seconds = [usage.ru_utime, usage.ru_stime].reduce(0.0) {
                $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6
            }
            samples.append(gauge("process_cpu_seconds_total", seconds))
        }
        if let pages = residentPages {
            let bytes = Double(pages) * Double(sysconf(Int32(_SC_PAGESIZE)))
            samples.append(gauge("process_resident_memory_bytes", bytes))
        }
        return samples
    }

    /// The second number of /proc/self/statm (proc(5)).
    private static var residentPages: Int? {
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        let words = String(decoding: bytes[..<count], as: UTF8.self).split(separator: " ")
        return words.count > 1 ? Int(words[1]) : nil
    }

    private static func gauge(_ name: String, _ value: Double) -> MetricSample {
        MetricSample(name: name, labels: [], reading: .gauge(value))
    }
}
