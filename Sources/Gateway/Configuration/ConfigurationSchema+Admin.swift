// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

extension SchemaDocument {
    static var adminKeys: [SchemaKey] {
        [
            SchemaKey(
                "listen",
                .text(),
                "Host and port; another host than this machine's own wants `tls` and a token.",
                default: "127.0.0.1:8730"
            ),
            SchemaKey(
                "tls",
                .object([
                    SchemaKey(
                        "certificate_file",
                        .text(),
                        "Our certificate and its chain, in PEM.",
                        isRequired: true
                    ),
                    SchemaKey(
                        "key_file",
                        .text(),
                        "The certificate's key, in PEM.",
                        isRequired: true
                    ),
                ]),
                "Read again when the files change."
            ),
            SchemaKey("token_file", .text(), "A file with the token callers must send."),
            SchemaKey("token_env", .text(), "An environment variable with it, instead."),
        ]
    }
}
