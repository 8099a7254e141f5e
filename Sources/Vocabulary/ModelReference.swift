// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A model by name and version, as findings, decisions and requests cite it.
public struct ModelReference: Hashable, Sendable, CustomStringConvertible {
    /// The name of the model's folder.
    public var name: String
    /// The name of the version's folder, or what the cloud calls its version.
    public var version: String

    /// Makes a reference.
    public init(name: String, version: String) {
        self.name = name
        self.version = version
    }

    /// `name/version`.
    public var description: String { "\(name)/\(version)" }
}
