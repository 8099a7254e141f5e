// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Ingest
import Spool
import Vocabulary

/// What is said of a state: why, what it costs, what to do.
extension GatewayFacts {
    /// Why `state` holds, a sentence each; empty when the facts have just passed and its calm has begun.
    func causes(of state: GatewayState) -> [String] {
        switch state {
        case .healthy: []
        case .slowUplink: uplinkCauses
        case .offline: offlineCauses
        case .storageLow: lowCauses
        case .storageFull: fullCauses
        case .paused: pauseCauses
        case .readOnly: storage.isReadOnly ? ["the disk under the spool is mounted read-only"] : []
        }
    }

    private func named(_ uplink: (key: String, value: Uplink)) -> String {
        "endpoint `\(uplink.key)` is \(uplink.value.rawValue)"
    }

    private var uplinkCauses: [String] {
        endpoints.filter { $0.value == .slow || $0.value == .offline || failing[$0.key] != nil }
            .sorted { $0.key < $1.key }.map { uplink in
                guard let failing = failing[uplink.key], uplink.value != .offline else {
                    return named(uplink)
                }
                let which = failing.isPartial ? "a model of endpoint" : "endpoint"
                return "\(which) `\(uplink.key)` answers no question: \(failing.reason)"
            }
    }

    private var offlineCauses: [String] {
        var causes: [String] = []
        let away = inputs.filter(\.isCutOff).map { "`\($0.name)`" }
        if !away.isEmpty {
            causes.append("the broker cannot be reached by input " + away.joined(separator: ", "))
        }
        if !isPublishing { causes.append("the broker cannot be reached for what is published") }
        if !endpoints.isEmpty, endpoints.keys.allSatisfy(isMute) {
            let names = endpoints.sorted { $0.key < $1.key }.map { name, uplink in
                let reason = uplink == .offline ? nil : failing[name]?.reason
                return "`\(name)`" + (reason.map { " (\($0))" } ?? "")
            }
            causes.append("no endpoint answers: " + names.joined(separator: ", "))
        }
        return causes
    }

    private var lowCauses: [String] {
        var causes: [String] = []
        if storage.fill >= Self.lowShare.leave {
            causes.append("the spool is \(Self.percent(storage.fill)) full")
        }
        if let room = storage.headRoom, room.seconds <= Self.lowHours.leave * 3_600 {
            causes.append("at the present rate it is full in \(Self.span(room))")
        }
        if let free = storage.free, free < max(16 << 20, storage.growth / 10) * 2 {
            causes.append(
                "the disk has \(free >> 20) MiB left, and the spool may grow by "
                    + "\(storage.growth >> 20) MiB"
            )
        }
        return causes
    }

    private var fullCauses: [String] {
        if let failure = storage.failure, failure.isFull { return [failure.description] }
        if let pause = inputs.lazy.compactMap(\.pause).first(where: { $0.kind == .storageFull }) {
            return [pause.message]
        }
        return ["the spool is \(Self.percent(storage.fill)) full"]
    }

    private var pauseCauses: [String] {
        var causes: [String] = []
        if let orderedPause { causes.append(orderedPause) }
        if let salvaging = storage.salvaging {
            causes.append(
                "the spool's file is damaged and is being salvaged: \(salvaging.done) of "
                    + "\(salvaging.of) pages"
            )
        } else if let wait = storage.wait, storage.isSilent {
            causes.append("the disk under the spool has not answered for \(Self.span(wait))")
        }
        for input in inputs {
            if let still = input.stillness {
                let what = still.isBlocked ? "waits for the disk" : "has not moved"
                causes.append("input `\(input.name)` \(what) for \(Self.span(still.length))")
            } else if let pause = input.pause, pause.kind == .storageBroken {
                causes.append("input `\(input.name)`: \(pause.message)")
            }
        }
        if causes.isEmpty, let failure = storage.failure, !failure.isFull {
            causes.append(failure.description)
        }
        return causes
    }

    /// What the conditions that hold cost now, a sentence each.
    func costs(of states: [GatewayState]) -> [String] {
        guard !states.isEmpty else { return [] }
        var costs: [String] = []
        if waiting > 0 {
            costs.append(
                "\(waiting) row\(waiting == 1 ? " waits" : "s wait"), the oldest for "
                    + Self.span(oldest)
            )
        }
        let standing = inputs.filter { $0.pause != nil || $0.stillness != nil || $0.isHeld }.map {
            "`\($0.name)`"
        }
        if !standing.isEmpty {
            costs.append(
                "inputs stand still: \(standing.joined(separator: ", ")); the broker keeps their messages"
            )
        }
        let away = inputs.filter(\.isCutOff)
        if !away.isEmpty { costs.append("nothing is heard from the broker") }
        if !isPublishing { costs.append("actions are kept on disk") }
        if states.contains(.storageFull), !storage.refuses {
            costs.append("rows are dropped to make room, as `when_full` says")
        }
        if states.contains(where: { $0 == .slowUplink || $0 == .offline }), !endpoints.isEmpty {
            costs.append("questions take their fallback, and wait for the cloud's word")
        }
        return costs
    }

    /// What to do about `state`; nil for healthy.
    func remedy(of state: GatewayState) -> String? {
        switch state {
        case .healthy: nil
        case .slowUplink where !failing.isEmpty:
            Self.failingRemedy
        case .slowUplink:
            "look at the endpoint and the way to it (`sluice status`); raise its `timeout` if this is usual"
        case .offline where !isPublishing || inputs.contains(where: \.isCutOff):
            "start the broker, or correct `broker:` (`sluice doctor` tries it)"
        case .offline where !failing.isEmpty:
            Self.failingRemedy
        case .offline:
            "nothing is lost: what waits is sent when an endpoint answers again"
        case .storageLow:
            "bring the uplink back, raise `spool.max_size`, or free some of the disk"
        case .storageFull:
            storage.failure?.code == .diskFull
                ? "free some of the disk under the spool"
                : "bring the uplink back, raise `spool.max_size`, or purge what is not wanted "
                    + "(`sluice spool purge`)"
        case .paused:
            if orderedPause != nil {
                "resume the inputs (`sluice resume`)"
            } else if storage.salvaging != nil {
                "wait for its end, then look at the disk under the spool"
            } else if pauseCauses.isEmpty {
                "nothing: its cause is gone, and it ends after a few calm seconds"
            } else {
                "look at the disk under the spool and into the system's log"
            }
        case .readOnly:
            "mount the disk writable again, after a look at the system's log for why it is not"
        }
    }

    private static let failingRemedy =
        "mend the endpoint, or correct its `url`, `auth` or `model` (`sluice doctor` tries it) and restart; "
        + "what waits is sent when it answers"

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    static func span(_ interval: Interval) -> String {
        let seconds = Int(max(0, interval.seconds))
        return switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7_200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3_600) h"
        default: "\(seconds / 86_400) d"
        }
    }
}
