// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import FoundationEssentials
import Testing
import Vocabulary

@testable import Infer

@Suite struct `A model's signature` {
    private let reference = ModelReference(name: "wear", version: "3")
    private let key = SigningKey()

    private let repository: TemporaryRepository
    private let folder: String

    init() throws {
        repository = try TemporaryRepository()
        try repository.add("wear", version: "3", model: Array("weights".utf8), "kind: onnx\n")
        folder = repository.path + "/wear/3"
    }

    private func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    private func sign(_ folder: String, as other: ModelReference? = nil) throws {
        let manifest = try ModelManifest(other ?? reference, folder: folder)
        let signature = try ModelSignature(manifest, with: key)
        try write(signature.text, folder + "/model.sig")
    }

    @Test func `covers every file by its name`() throws {
        try sign(folder)
        let manifest = try ModelManifest(reference, folder: folder)
        #expect(manifest.files.map(\.name) == ["model.onnx", "model.yaml"])
        #expect(
            manifest.text.hasPrefix(
                "sluice model manifest 1\nmodel wear/3\n"
                    + TemporaryRepository.digest(Array("weights".utf8)) + "  model.onnx\n"
            )
        )
    }

    @Test func `is good while nothing changes, and only for its version`() throws {
        let trust = ModelTrust(keys: [try key.verifying], isRequired: true)
        #expect(trust.verify(reference, folder: folder).state == .unsigned)
        try sign(folder)
        let good = trust.verify(reference, folder: folder)
        #expect(good.state == .trusted(key: try key.verifying.name))
        #expect(good.manifest?.files.count == 2)
        let other = ModelReference(name: "wear", version: "4")
        #expect(trust.verify(other, folder: folder).state != good.state)
        try sign(folder, as: other)
        #expect(trust.verify(reference, folder: folder).manifest == nil)
    }

    @Test(arguments: ["changed", "added", "removed", "folder"])
    func `is broken by a file that is`(what: String) throws {
        try sign(folder)
        switch what {
        case "changed": try write("heavier", folder + "/model.onnx")
        case "added": try write("format: 1", folder + "/calibration.yaml")
        case "removed": try FileManager.default.removeItem(atPath: folder + "/model.yaml")
        default:
            try FileManager.default.createDirectory(
                atPath: folder + "/sub",
                withIntermediateDirectories: false
            )
        }
        let trust = ModelTrust(keys: [try key.verifying])
        guard case .broken = trust.verify(reference, folder: folder).state else {
            Issue.record("it is good")
            return
        }
    }

    @Test func `by somebody else is foreign, and a forged one broken`() throws {
        try sign(folder)
        let stranger = try SigningKey().verifying
        #expect(
            ModelTrust(keys: [stranger]).verify(reference, folder: folder).state
                == .foreign(key: try key.verifying.name)
        )
        // Made by another key in the trusted one's name.
        let manifest = try ModelManifest(reference, folder: folder)
        var forged = try ModelSignature(manifest, with: SigningKey())
        forged.key = try key.verifying.name
        try write(forged.text, folder + "/model.sig")
        #expect(
            ModelTrust(keys: [try key.verifying]).verify(reference, folder: folder).state
                == .broken(reason: "it was not made by the key it names")
        )
        for text in ["", "sluice model signature 1\nkey a", "sluice model signature 2\n"] {
            try write(text, folder + "/model.sig")
            #expect(
                ModelTrust(keys: []).verify(reference, folder: folder).state
                    == .broken(reason: "`model.sig` is no signature")
            )
        }
    }

    @Test func `has keys in the files that openssl writes`() throws {
        let path = repository.path + "/key"
        // RFC 8032, section 7.1, test 1, in the DER of RFC 8410.
        try write(
            """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
            -----END PRIVATE KEY-----

            """,
            path
        )
        let known = try SigningKey(path: path)
        let expected = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        let digits = try known.verifying.bytes.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        #expect(digits.joined() == expected)
        try write(try known.verifying.pem, path)
        #expect(try VerifyingKey(path: path) == known.verifying)
        try Data(try known.verifying.bytes).write(to: URL(filePath: path))
        #expect(try VerifyingKey(path: path) == known.verifying)
        for (text, part) in [
            ("nothing", "no public key in PEM"),
            ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "no Ed25519 key"),
        ] {
            try write(text, path)
            let error = #expect(throws: KeyFileError.self) { try VerifyingKey(path: path) }
            #expect(error?.message.contains(part) == true)
        }
        #expect(throws: KeyFileError.self) { try VerifyingKey(path: "/nowhere") }
    }
}
