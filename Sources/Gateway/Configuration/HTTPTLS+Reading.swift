// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import HTTP
import Settings

extension HTTPTLS {
    /// Reads the `tls` of an endpoint or sink, and reports files that are not what they should be.
    init(reading node: SettingsNode) {
        let tls = node.optionalMapping("tls")
        self.init(
            caFile: tls?.optionalPath("ca_file"),
            certificateFile: tls?.optionalPath("certificate_file"),
            keyFile: tls?.optionalPath("key_file")
        )
        if let path = caFile { tls?.checkPEM("ca_file", path, .certificate) }
        if let path = certificateFile { tls?.checkPEM("certificate_file", path, .certificate) }
        if let path = keyFile { tls?.checkPEM("key_file", path, .privateKey) }
    }
}
