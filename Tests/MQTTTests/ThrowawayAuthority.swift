// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import TestKit

/// A certificate authority for one test, with a broker's and a client's certificate.
struct ThrowawayAuthority {
    let folder: String

    init(in folder: String) throws {
        self.folder = folder
        try openssl(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=throwaway-authority"
                + " -keyout \(folder)/ca.key -out \(folder)/ca.pem"
        )
        try issue("server", name: "localhost")
        try issue("client", name: "gateway")
    }

    func issue(_ file: String, name: String) throws {
        try openssl(
            "req -newkey rsa:2048 -nodes -subj /CN=\(name)"
                + " -keyout \(folder)/\(file).key -out \(folder)/\(file).csr"
        )
        try Broker.write("subjectAltName=DNS:\(name)\n", to: "\(folder)/\(file).ext")
        try openssl(
            "x509 -req -days 2 -in \(folder)/\(file).csr -CA \(folder)/ca.pem"
                + " -CAkey \(folder)/ca.key -CAcreateserial -extfile \(folder)/\(file).ext"
                + " -out \(folder)/\(file).pem"
        )
        // The broker gives up root and must still read its key.
        try Broker.run(["chmod", "644", "\(folder)/\(file).key"], in: folder)
    }

    private func openssl(_ arguments: String) throws {
        let words = arguments.split(separator: " ").map(String.init)
        let status = try Broker.run(["openssl"] + words, in: folder)
        guard status == 0 else { throw Broker.Failure(message: "openssl \(arguments): \(status)") }
    }
}
