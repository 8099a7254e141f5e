// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CMachine
import Glibc

/// What the machine says of its clock.
struct ClockFacts: Equatable, Sendable {
    /// False where the kernel knows no source that keeps the clock right; nil where it does not say.
    var isSynchronised: Bool?
    /// The kernel's bound of the clock's error in seconds.
    var errorBound = 0.0
    /// Seconds since 1970.
    var now = 0.0
    /// How far the clock moved against the time that passed while it was watched, in seconds.
    var jump = 0.0
    /// The latest time at which a file of the spool's folder was written, in seconds since 1970.
    var latestFile: Double?
    /// How far the clouds' clocks are ahead of ours, in seconds, by endpoint.
    var clouds: [String: Double] = [:]

    /// Asks the kernel (adjtimex(2), RFC 5905): reads only.
    mutating func askKernel() {
        var state = timex()
        let answer = adjtimex(&state)
        guard answer >= 0 else { return }
        isSynchronised = answer != TIME_ERROR && state.status & STA_UNSYNC == 0
        errorBound = Double(state.maxerror) / 1e6
    }

    /// The clock in seconds since 1970, and the time since the machine was started, that nobody sets.
    static func times() -> (wall: Double, steady: Double) {
        func seconds(_ clock: clockid_t) -> Double {
            var time = timespec()
            clock_gettime(clock, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        return (seconds(CLOCK_REALTIME), seconds(CLOCK_BOOTTIME))
    }
}

extension ClockFacts {
    /// What follows from it; pure.
    var items: [Checkup.Item] {
        [source, standing].compactMap(\.self)
            + clouds.sorted { $0.key < $1.key }.compactMap { comparison($0.key, $0.value) }
    }

    private var source: Checkup.Item {
        switch isSynchronised {
        case true?:
            Checkup.Item(
                "clock",
                .ok,
                "kept right by a time source, within \(Self.text(errorBound))",
                figures: ["error_bound_s": errorBound]
            )
        case false?:
            Checkup.Item(
                "clock",
                .warn,
                "nothing keeps it right: deadlines from sensors' times and days of budgets drift",
                remedy: "run systemd-timesyncd or chrony (`timedatectl set-ntp true`)"
            )
        case nil:
            Checkup.Item(
                "clock",
                .unseen,
                "the kernel does not say whether a time source keeps it right",
                remedy: "`timedatectl` outside of the container says it"
            )
        }
    }

    private var standing: Checkup.Item? {
        // Nothing of this program is older: a clock before it was never set.
        if now < 1_735_689_600 {
            return Checkup.Item(
                "clock: date",
                .fail,
                "the clock stands before 2025: it was never set",
                remedy: "set it, and keep it over power cuts (a real-time clock, fake-hwclock)"
            )
        }
        if abs(jump) > 0.05 {
            return Checkup.Item(
                "clock: jump",
                .warn,
                "it was moved by \(Self.text(jump)) while we looked",
                remedy: "let the time source slew it, not step it",
                figures: ["jump_s": jump]
            )
        }
        if let latestFile, latestFile > now + 2 {
            return Checkup.Item(
                "clock: jump",
                .fail,
                "the spool was written \(Self.text(latestFile - now)) in the future: the clock went "
                    + "back, now or after a power cut",
                remedy: "set the clock before the gateway starts (`After=time-sync.target`)",
                figures: ["jump_s": now - latestFile]
            )
        }
        return Checkup.Item("clock: jump", .ok, "goes evenly, and stands after the spool's files")
    }

    private func comparison(_ endpoint: String, _ difference: Double) -> Checkup.Item? {
        // A date in HTTP has whole seconds.
        guard abs(difference) > 3 else { return nil }
        return Checkup.Item(
            "clock: \(endpoint)",
            .warn,
            "the endpoint's clock is \(Self.text(abs(difference))) "
                + (difference > 0 ? "ahead of ours" : "behind ours"),
            remedy: "signed requests are refused from 5 minutes on; see to both clocks",
            figures: ["ahead_s": difference]
        )
    }

    static func text(_ seconds: Double) -> String {
        let size = abs(seconds)
        if size < 1 { return "\((seconds * 10_000).rounded() / 10) ms" }
        if size < 600 { return "\((seconds * 10).rounded() / 10) s" }
        if size < 172_800 { return "\(Int(seconds / 60)) min" }
        return "\(Int(seconds / 86_400)) days"
    }
}
