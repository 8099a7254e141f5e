// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Infer
import Settings

/// The verb `sluice models encrypt`.
struct ModelsEncrypt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encrypt",
        abstract: "Encrypt model files at rest, in place; `models: key_file:` opens them.",
        discussion: """
            AES-256-GCM under a secret of 64 hexadecimal digits (`openssl rand -hex 32`). model.yaml \
            stays readable, and the digest it pins stays that of the model itself. Sign afterwards: the \
            signature covers the file as it lies there.
            """
    )

    @Argument(
        help: ArgumentHelp("Model files, `…/NAME/VERSION/model.onnx`.", valueName: "file"),
        completion: .file()
    )
    var files: [String]

    @Option(
        name: .customLong("key-file"),
        help: ArgumentHelp("The file of the secret.", valueName: "file"),
        completion: .file()
    )
    var keyFile: String

    func run() async throws {
        do {
            let key = try SealingKey(SecretReference(.file(keyFile)))
            for file in files {
                let bytes = try BoundedFile.read(path: file, limit: 512 << 20)
                guard !SealedModel.isSealed(bytes) else {
                    print("\(file): encrypted already")
                    continue
                }
                let sealed = try SealedModel.seal(bytes, with: key)
                try Data(sealed).write(to: URL(filePath: file), options: .atomic)
                print("\(file): encrypted, \(sealed.count) bytes")
            }
        } catch let error as SealingKey.Malformed {
            Console.complain("sluice: the key `\(keyFile)`: \(error.message)")
            throw ExitCode.failure
        } catch let error as BoundedFile.Failure {
            Console.complain("sluice: \(error.message)")
            throw ExitCode.failure
        } catch let error as SealedModel.Refusal {
            Console.complain("sluice: \(error.message)")
            throw ExitCode.failure
        } catch {
            Console.complain("sluice: the file cannot be written")
            throw ExitCode.failure
        }
    }
}
