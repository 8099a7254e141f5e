// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Figures as a screen has room for: short, and with their unit.
enum Figure {
    /// So many a second; a dash where it is not known yet.
    static func rate(_ value: Double?) -> String {
        guard let value else { return "-" }
        return "\(short(value))/s"
    }

    /// A count or a rate in four characters or so.
    static func short(_ value: Double) -> String {
        switch abs(value) {
        case ..<0.05: "0"
        case ..<99.95: tenths(value)
        case ..<9_999.5: "\(Int(value.rounded()))"
        case ..<999_950: "\(tenths(value / 1e3))k"
        case ..<999_950_000: "\(tenths(value / 1e6))M"
        default: "\(tenths(min(value, 1e18) / 1e9))G"
        }
    }

    static func milliseconds(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "-" }
        switch value {
        case ..<9.995: return "\((value * 100).rounded() / 100) ms"
        case ..<9_999.5: return "\(tenths(value)) ms"
        default: return "\(tenths(min(value, 1e15) / 1e3)) s"
        }
    }

    static func bytes(_ count: Int) -> String {
        let value = Double(count)
        switch count {
        case ..<10_240: return "\(count) B"
        case ..<(10 << 20): return "\(tenths(value / 1_024)) KiB"
        case ..<(10 << 30): return "\(tenths(value / 1_048_576)) MiB"
        default: return "\(tenths(value / 1_073_741_824)) GiB"
        }
    }

    static func percent(_ part: Double) -> String { "\(tenths(part * 100)) %" }

    static func age(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e12 else { return "-" }
        let whole = Int(max(0, seconds))
        switch whole {
        case ..<60: return "\(whole)s"
        case ..<3_600: return "\(whole / 60)m \(whole % 60)s"
        case ..<172_800: return "\(whole / 3_600)h \(whole / 60 % 60)m"
        default: return "\(whole / 86_400)d \(whole / 3_600 % 24)h"
        }
    }

    private static func tenths(_ value: Double) -> String {
        ((value * 10).rounded() / 10).description
    }
}
