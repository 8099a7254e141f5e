// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What may leave the site about one decision for a store of the user's: one line of JSON.
///
/// Made in one place, from the policy's allow-list, as ``Outbound`` is; Sync sends nothing else to
/// sinks (guarantee G8).
public struct OutboundLine: Hashable, Sendable {
    /// What it is recognised by: a repeat has the same key, a correction another one.
    public var key: String
    /// The policy that lets it out.
    public var policy: String
    /// The device it is about; nil where the policy does not let devices be named.
    public var device: String?
    /// One JSON object without a line feed.
    public var json: [UInt8]

    /// Makes a line; called only where the allow-list is applied, or for a row made there.
    public init(key: String, policy: String, device: String?, json: [UInt8]) {
        self.key = key
        self.policy = policy
        self.device = device
        self.json = json
    }
}
