// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Vocabulary

/// A version's folder of the repository.
struct ModelFolder {
    var reference: ModelReference
    var path: String
    /// The folder as diagnostics call it.
    var name: String
}

/// A folder of models, `<name>/<version>/model.yaml`.
struct ModelRepository {
    let path: String
    /// The folder as the user named it.
    let name: String

    /// How many entries of one folder are looked at.
    private static let entryLimit = 10_000

    /// The folder of one version.
    func folder(_ model: String, _ version: Int) -> ModelFolder {
        ModelFolder(
            reference: ModelReference(name: model, version: String(version)),
            path: "\(path)/\(model)/\(version)",
            name: "\(name)/\(model)/\(version)"
        )
    }

    /// The versions there are, by name and then number, and what is wrong with the layout.
    func listing() -> (models: [(name: String, versions: [Int])], diagnostics: [Diagnostic]) {
        guard let names = Self.subfolders(of: path) else {
            let diagnostic = Diagnostic(
                .error,
                "the model repository cannot be read: " + String(cString: strerror(errno)),
                hint: "it is a folder of `<name>/<version>/model.yaml`",
                file: name
            )
            return ([], [diagnostic])
        }
        var models: [(name: String, versions: [Int])] = []
        var diagnostics: [Diagnostic] = []
        for model in names {
            var numbers: [Int] = []
            for version in Self.subfolders(of: "\(path)/\(model)") ?? [] {
                if let number = Int(version), number > 0, String(number) == version {
                    numbers.append(number)
                } else {
                    diagnostics.append(
                        Diagnostic(
                            .warning,
                            "a version's folder is called by a number; this one is left out",
                            file: "\(name)/\(model)/\(version)"
                        )
                    )
                }
            }
            if numbers.isEmpty {
                diagnostics.append(
                    Diagnostic(
                        .warning,
                        "model `\(model)` has no version",
                        hint: "put it in `\(model)/1/`",
                        file: "\(name)/\(model)"
                    )
                )
            }
            models.append((model, numbers.sorted()))
        }
        return (models, diagnostics)
    }

    /// The names of the folders in `path`, sorted, hidden ones left out; nil when it cannot be
    /// read.
    private static func subfolders(of path: String) -> [String]? {
        guard let folder = opendir(path) else { return nil }
        defer { closedir(folder) }
        var names: [String] = []
        var seen = 0
        while let entry = readdir(folder), seen < entryLimit {
            seen += 1
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard !name.hasPrefix(".") else { continue }
            var status = stat()
            guard stat("\(path)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFDIR
            else { continue }
            names.append(name)
        }
        return names.sorted()
    }
}
