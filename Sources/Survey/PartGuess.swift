// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What a field seems to be for, from what it did and what it is called.
enum PartGuess {
    private static let timeNames = ["ts", "time", "timestamp", "t", "datetime", "date", "at"]
    private static let sequenceNames = ["n", "seq", "sequence", "count", "counter", "number", "no"]
    private static let deviceNames = [
        "device", "device_id", "deviceid", "dev", "dev_id", "id", "serial", "sn", "mac", "sensor",
        "sensor_id", "machine", "node",
    ]

    /// How many steps by one make a count of what may as well be a measurement that rises.
    private static let certainSteps = 10

    static func part(path: String, tally: FieldTally, topics: Int) -> SurveyReport.Part? {
        let count = tally.count
        guard count > 0 else { return nil }
        if tally.times.values.reduce(0, +) * 10 >= count * 9, tally.stepsDown * 5 <= tally.steps {
            return .time
        }
        let numbers = tally.counts[.number, default: 0]
        let isCounting =
            numbers == count && tally.isWhole
            && tally.steps >= (path.isEmpty ? certainSteps : 1)
            && tally.stepsByOne * 5 >= tally.steps * 4
        if isCounting
            || numbers == count && tally.isWhole && named(path, sequenceNames)
                && tally.stepsDown * 10 <= tally.steps
        {
            return .sequence
        }
        let isText = tally.counts[.text, default: 0] == count
        return isText && named(path, deviceNames) ? .device : nil
    }

    /// How likely a field of this part is the one, to be compared.
    static func likelihood(_ field: SurveyReport.Field, _ part: SurveyReport.Part) -> Double {
        let names =
            switch part {
            case .time: timeNames
            case .sequence: sequenceNames
            case .device: deviceNames
            }
        let place = names.firstIndex(of: last(field.path))
        let known = place.map { 1 - Double($0) / 100 } ?? 0
        // What lies less deep says it of the whole payload.
        return field.presence + known - Double(field.path.count { $0 == "." }) / 10
    }

    private static func named(_ path: String, _ names: [String]) -> Bool {
        names.contains(last(path))
    }

    private static func last(_ path: String) -> String {
        path.split(separator: ".").last.map { $0.lowercased() } ?? ""
    }
}
