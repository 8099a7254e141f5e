// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Value {
    /// The calendar field or the span's unit that `operation` asks for.
    ///
    /// Of a duration, hours, minutes and seconds are its whole length, milliseconds are the part
    /// below the second (cel-spec, "Timestamps and Durations").
    func field(_ operation: Operation, offset: Int64) throws(EvaluationError) -> Int64 {
        switch self {
        case .timestamp(let instant):
            let civil = CivilTime(localSeconds: instant.seconds + offset)
            switch operation {
            case .getFullYear: return Int64(civil.year)
            case .getMonth: return Int64(civil.month - 1)
            case .getDate: return Int64(civil.day)
            case .getDayOfMonth: return Int64(civil.day - 1)
            case .getDayOfWeek: return Int64(civil.dayOfWeek)
            case .getDayOfYear: return Int64(civil.dayOfYear)
            case .getHours: return Int64(civil.hour)
            case .getMinutes: return Int64(civil.minute)
            case .getSeconds: return Int64(civil.second)
            case .getMilliseconds: return Int64(instant.nanoseconds / 1_000_000)
            default: throw .noOverload(operation.rawValue, self)
            }
        case .duration(let nanoseconds):
            let second = Timestamp.nanosecondsPerSecond
            switch operation {
            case .getHours: return nanoseconds / (3_600 * second)
            case .getMinutes: return nanoseconds / (60 * second)
            case .getSeconds: return nanoseconds / second
            case .getMilliseconds: return nanoseconds % second / 1_000_000
            default: throw .noOverload(operation.rawValue, self)
            }
        default: throw .noOverload(operation.rawValue, self)
        }
    }
}
