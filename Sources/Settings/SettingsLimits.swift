// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How much of a settings file is read before it is refused.
public struct SettingsLimits: Sendable {
    /// The file's size in bytes.
    public var bytes: Int
    /// How deeply mappings and lists may nest.
    public var depth: Int
    /// How many values the file may have once its aliases are expanded.
    public var nodes: Int

    /// Makes limits; the defaults are far above what a person writes.
    public init(bytes: Int = 1 << 20, depth: Int = 32, nodes: Int = 50_000) {
        self.bytes = bytes
        self.depth = depth
        self.nodes = nodes
    }
}
