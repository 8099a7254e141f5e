// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Glibc
import Infer
import Vocabulary

/// The verb `sluice models sign`.
struct ModelsSign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Sign versions: write `model.sig` over every file in their folders.",
        discussion: """
            The Ed25519 signature covers the model's name and number and the SHA-256 of every file, so \
            sign last: a calibration that is added later wants a new signature.
            """
    )

    @Argument(
        help: ArgumentHelp("Folders `…/NAME/VERSION`.", valueName: "folder"),
        completion: .directory
    )
    var folders: [String]

    @Option(
        help: ArgumentHelp("The private key, PEM or 32 bytes.", valueName: "file"),
        completion: .file()
    )
    var key: String

    func run() async throws {
        let signing: SigningKey
        do throws(KeyFileError) {
            signing = try SigningKey(path: key)
        } catch {
            Console.complain("sluice: the key `\(key)`: \(error.message)")
            throw ExitCode.failure
        }
        for folder in folders {
            let parts = folder.split(separator: "/").suffix(2).map(String.init)
            guard parts.count == 2, let number = Int(parts[1]), number > 0 else {
                throw ValidationError("`\(folder)` is no folder `NAME/VERSION`")
            }
            let reference = ModelReference(name: parts[0], version: parts[1])
            do {
                let manifest = try ModelManifest(reference, folder: folder)
                let signature = try ModelSignature(manifest, with: signing)
                let path = "\(folder)/\(ModelManifest.signatureFile)"
                try Data(signature.text.utf8).write(to: URL(filePath: path), options: .atomic)
                print("\(reference): \(manifest.files.count) files signed by \(signature.key)")
            } catch let error as ModelManifest.Unfit {
                Console.complain("sluice: \(folder): \(error.message)")
                throw ExitCode.failure
            } catch let error as KeyFileError {
                Console.complain("sluice: \(folder): \(error.message)")
                throw ExitCode.failure
            } catch {
                Console.complain("sluice: \(folder): the signature cannot be written")
                throw ExitCode.failure
            }
        }
    }
}

/// The verb `sluice models keygen`.
struct ModelsKeygen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen",
        abstract: "Make an Ed25519 key: FILE, which is a secret, and FILE.pub for `models: keys:`."
    )

    @Argument(
        help: ArgumentHelp("Where the private key goes; never replaced.", valueName: "file"),
        completion: .file()
    )
    var file: String

    func run() async throws {
        let key = SigningKey()
        do {
            let verifying = try key.verifying
            try Self.create(file, key.pem, mode: 0o600)
            try Self.create(file + ".pub", verifying.pem, mode: 0o644)
            print("\(file): the private key, for `sluice models sign`")
            print("\(file).pub: the public key \(verifying.name), for `models: keys:`")
        } catch let error as KeyFileError {
            Console.complain("sluice: \(error.message)")
            throw ExitCode.failure
        }
    }

    private static func create(_ path: String, _ text: String, mode: mode_t) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            Console.complain("sluice: `\(path)`: " + String(cString: strerror(errno)))
            throw ExitCode.failure
        }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else {
            Console.complain("sluice: `\(path)` cannot be written")
            throw ExitCode.failure
        }
    }
}
