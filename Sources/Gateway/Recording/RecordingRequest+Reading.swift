// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Trace

extension RecordingRequest {
    /// What one recording may keep on disk, in bytes.
    public static let sizes = 64 << 10...1 << 40

    /// Reads the section `record`; nil without one, or without its path.
    init?(_ node: SettingsNode?) {
        guard let node else { return nil }
        let path = node.optionalPath("path")
        if path == nil { _ = node.required("path", .string) }
        let size = node.size("max_size", in: Self.sizes, default: 64 << 20)
        let scope = node.value("scope", .choice(TraceScope.self), default: .local)
        let sample = node.value("sample", .fraction, default: 1)
        if sample <= 0 {
            node.node("sample")?.problem(
                "a sample of nothing records nothing",
                hint: "leave out `record` to record nothing"
            )
        }
        guard let path, sample > 0 else { return nil }
        self.init(path: path, maximumSize: size, scope: scope, sample: sample)
    }
}
