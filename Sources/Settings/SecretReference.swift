// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Vocabulary

/// Where a secret is to be found; the secret itself is never part of a settings file.
public struct SecretReference: Hashable, Sendable {
    /// The places a secret can be.
    public enum Place: Hashable, Sendable {
        /// A file, by its path.
        case file(String)
        /// An environment variable, by its name.
        case environment(String)
    }

    /// Why a secret could not be read; never holds any of it.
    public struct Unreadable: Error, Equatable, Sendable {
        /// What is wrong, with the place.
        public var message: String
    }

    /// Where it is.
    public let place: Place

    /// Makes a reference.
    public init(_ place: Place) {
        self.place = place
    }

    /// The secret as it is now, without the one line feed that editors leave at a file's end.
    ///
    /// Blocks while it reads a file, which it does when the file has changed; asked for on every connection, so
    /// that a rotated secret is used. A file that cannot be read any more leaves its former content in force.
    public func read() throws(Unreadable) -> String {
        switch place {
        case .environment(let name):
            guard let value = getenv(name) else {
                throw Unreadable(message: "the environment variable `\(name)` is not set")
            }
            return String(cString: value)
        case .file(let path):
            let bytes: [UInt8]
            do {
                bytes = try SecretMemory.shared.bytes(path: path, limit: 64 << 10)
            } catch {
                throw Unreadable(message: "the secret file `\(path)`: \(error.message)")
            }
            guard var text = String(validating: bytes, as: UTF8.self) else {
                throw Unreadable(message: "the secret file `\(path)` is not UTF-8 text")
            }
            if text.hasSuffix("\r\n") || text.hasSuffix("\n") {
                text.removeLast()
            }
            return text
        }
    }

    /// Why what it holds now cannot be a secret; nil where nothing is wrong, or it cannot be read yet.
    var defect: String? {
        guard let secret = try? read() else { return nil }
        let place =
            switch place {
            case .file(let path): "the secret file `\(path)`"
            case .environment(let name): "the environment variable `\(name)`"
            }
        if secret.isEmpty { return "\(place) is empty" }
        let isLine = secret.unicodeScalars.allSatisfy { $0 != "\r" && $0 != "\n" && $0 != "\0" }
        return isLine ? nil : "\(place) holds a line break or a NUL"
    }

    /// What is doubtful about it now: missing, or readable by others; nil when nothing is.
    public var warning: String? {
        switch place {
        case .environment(let name):
            return getenv(name) == nil ? "the environment variable `\(name)` is not set" : nil
        case .file(let path):
            guard let mode = BoundedFile.permissions(path: path) else {
                return "there is no secret file `\(path)`"
            }
            guard mode & 0o007 == 0, mode & 0o020 == 0 else {
                return "others can read or change the secret file `\(path)`"
            }
            return nil
        }
    }
}

extension SettingsNode {
    /// The secret called `key`, given by reference as `<key>_file` or `<key>_env`; nil when there is none.
    ///
    /// A relative path is looked for in the service manager's credentials folder, then beside the
    /// settings file. A secret written out under `<key>` itself is an error.
    public func secret(_ key: String) -> SecretReference? {
        register(key + "_file", .secret, isRequired: false)
        register(key + "_env", .secret, isRequired: false)
        if let plain = entry(key) {
            // Known, so that `finish` does not report the same key again.
            register(key, .secret, isRequired: false)
            plain.value.problemWithKey(
                "`\(key)` may not be written into the file",
                hint: "use `\(key)_file: path` or `\(key)_env: VARIABLE`"
            )
        }
        let file = entry(key + "_file")?.value
        let variable = entry(key + "_env")?.value
        if file != nil, let variable {
            variable.problemWithKey(
                "`\(key)_file` and `\(key)_env` are both set",
                hint: "keep one of them"
            )
        }
        guard let node = file ?? variable, let text = node.read(.string) else { return nil }
        let place: SecretReference.Place =
            file == nil ? .environment(text) : .file(source.resolve(text))
        let reference = SecretReference(place)
        source.secrets.append((file == nil ? key + "_env" : key + "_file", reference))
        if case .file(let path) = place { source.credentialFiles.insert(path) }
        if let warning = reference.warning {
            let hint = warning.hasPrefix("others") ? "allow only its owner: `chmod 600`" : nil
            node.problem(warning, hint: hint, severity: .warning)
        }
        if let defect = reference.defect {
            node.problem(defect, hint: "a secret is one line of text")
        }
        return reference
    }

    /// The path under `key`, made absolute or relative to the working folder as `secret` does; nil when there is none.
    public func optionalPath(_ key: String) -> String? {
        guard let path = optional(key, .string).map({ source.resolve($0) }) else { return nil }
        source.paths.append((key, path))
        return path
    }

    /// The files of secrets, certificates and keys that the nodes of this file have named so far.
    public var credentialFiles: Set<String> { source.credentialFiles }

    /// Notes that the file at `path` holds a certificate or a key.
    public func noteCredential(_ path: String) { source.credentialFiles.insert(path) }

    /// The paths listed under `key`, made absolute or relative as `optionalPath` does, each with its place.
    public func paths(_ key: String) -> [(path: String, node: SettingsNode)] {
        (items(key) ?? []).compactMap { node in
            node.read(.string).map { (source.resolve($0), node) }
        }
    }
}

extension SettingsSource {
    /// A path as the file means it: relative ones in the credentials folder if they are there, else beside the file.
    func resolve(_ path: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        if let folder = getenv("CREDENTIALS_DIRECTORY") {
            let candidate = String(cString: folder) + "/" + path
            if BoundedFile.permissions(path: candidate) != nil { return candidate }
        }
        guard let slash = self.path.lastIndex(of: "/") else { return path }
        return self.path[...slash] + path
    }
}
