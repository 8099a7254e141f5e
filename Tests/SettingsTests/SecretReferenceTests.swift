// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Settings
import Testing
import Vocabulary

@Suite struct `Secrets` {
    @Test func `a secret written out is an error that tells the forms`() {
        let found = findings(in: "broker: { password: hunter2 }") { root in
            #expect(root.mapping("broker").secret("password") == nil)
        }
        #expect(
            found == [
                "1:11+8 error: `password` may not be written into the file; "
                    + "use `password_file: path` or `password_env: VARIABLE`"
            ]
        )
    }

    @Test func `a secret file is read when asked for, without its last line feed`() throws {
        let path = try temporaryFile("s3cret \n", mode: 0o600)
        defer { unlink(path) }
        let text = "password_file: \(path)\n"
        let (file, _) = SettingsFile.parse(Array(text.utf8), shownAs: "x.yaml")
        let secret = try #require(file?.root.secret("password"))
        #expect(try secret.read() == "s3cret ")
        #expect(file?.diagnostics.isEmpty == true)
    }

    @Test func `a secret file that others can read is a warning`() throws {
        let path = try temporaryFile("s3cret", mode: 0o644)
        defer { unlink(path) }
        let found = findings(in: "password_file: \(path)\n") { _ = $0.secret("password") }
        #expect(found.count == 1)
        #expect(
            found.first?.hasSuffix(
                "warning: others can read or change the secret file `\(path)`; "
                    + "allow only its owner: `chmod 600`"
            ) == true
        )
    }

    @Test func `both forms together are an error`() {
        let found = findings(in: "token_file: /nonexistent\ntoken_env: NO_SUCH_VARIABLE\n") {
            _ = $0.secret("token")
        }
        #expect(
            found == [
                "1:13+12 warning: there is no secret file `/nonexistent`",
                "2:1+9 error: `token_file` and `token_env` are both set; keep one of them",
            ]
        )
    }

    @Test func `a missing secret names its place and nothing else`() {
        let secret = SecretReference(.environment("NO_SUCH_VARIABLE"))
        #expect(throws: SecretReference.Unreadable.self) { try secret.read() }
    }

    @Test func `relative files are beside the settings file`() throws {
        let text = "token_file: keys/token\n"
        let (file, _) = SettingsFile.parse(
            Array(text.utf8),
            path: "/etc/sluice/sluice.yaml",
            shownAs: "x.yaml"
        )
        let secret = try #require(file?.root.secret("token"))
        #expect(secret.place == .file("/etc/sluice/keys/token"))
    }
}

/// Makes a file with these bytes and permissions; whoever asks removes it.
func temporaryFile(_ text: String, mode: mode_t) throws -> String {
    var template = Array("/tmp/sluice-secret-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    try #require(descriptor >= 0)
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    fchmod(descriptor, mode)
    close(descriptor)
    let path = template.dropLast().map { UInt8(bitPattern: $0) }
    return String(decoding: path, as: UTF8.self)
}
