// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Infer
import Testing

@Suite struct `Reports of ONNX Runtime to its maker` {
    private let variable = "ORT_DISABLE_TELEMETRY"

    private var value: String? { getenv(variable).map { String(cString: $0) } }

    @Test func `are forbidden, whatever the environment said`() {
        setenv(variable, "0", 1)
        RuntimeReports.forbid()
        #expect(value == "1")
        RuntimeReports.forbid()
        #expect(value == "1")
    }
}
