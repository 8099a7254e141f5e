// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing
import Vocabulary

@testable import Infer

/// A guard that no watchdog looks at, so that the test says when it is looked at.
@Suite(.enabled(if: OnnxTestLibrary.path != nil, "SLUICE_ONNXRUNTIME names no libonnxruntime.so"))
struct RunGuardTests {
    /// Long, so that a stall of the test itself is nothing beside it.
    private static let limit = Interval.seconds(1_000)

    private func armed() throws -> (RunGuard, end: Int64) {
        let runtime = try OnnxRuntime.shared(path: OnnxTestLibrary.path)
        let runGuard = try RunGuard(runtime: runtime)
        runGuard.arm(limit: Self.limit)
        return (runGuard, RunWatchdog.now() + Self.limit.nanoseconds)
    }

    @Test func `leaves a run alone that got no processor`() throws {
        let (runGuard, end) = try armed()
        #expect(runGuard.inspect(at: end + 5 * Self.limit.nanoseconds))
        #expect(!runGuard.disarm())
    }

    @Test func `ends a run that waits for ever`() throws {
        let (runGuard, end) = try armed()
        _ = runGuard.inspect(at: end + 11 * Self.limit.nanoseconds)
        #expect(runGuard.disarm())
    }
}
