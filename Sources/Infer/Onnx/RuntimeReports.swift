// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import COnnxRuntime

/// What ONNX Runtime would tell its maker of its use, which nobody here has agreed to.
///
/// Official builds for Linux collect events of sessions and runs, give the device an id under `$HOME/.cache`, and send
/// both over HTTPS; `ORT_DISABLE_TELEMETRY=1` in the environment, when the library begins, keeps them from all of it
/// (ONNX Runtime's Privacy.md). A site's models and loads are nobody else's business.
public enum RuntimeReports {
    /// Forbids them in this process and in those it starts.
    ///
    /// Wants to be called before there is a second thread, as all that changes the environment; what opens the
    /// library calls it again for programs that did not.
    public static func forbid() {
        sluice_ort_silence()
    }
}
