// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A complete reply, whatever its status: a status is for the caller to judge.
public struct HTTPResponse: Sendable {
    /// The status code; 3xx arrives here too, because redirects are not followed.
    public var status: Int
    /// Header fields in the order they came, names in lower case.
    public var headers: [(name: String, value: String)]
    /// The body.
    public var body: [UInt8]
    /// Seconds from start to end.
    public var totalTime: Double
    /// Seconds to reach the server; 0 on a reused connection.
    public var connectTime: Double
    /// True when the request went over a connection that was already open.
    public var isConnectionReused: Bool

    /// Makes a reply.
    public init(
        status: Int,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        totalTime: Double = 0,
        connectTime: Double = 0,
        isConnectionReused: Bool = false
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.totalTime = totalTime
        self.connectTime = connectTime
        self.isConnectionReused = isConnectionReused
    }

    /// The first field called `name` (in lower case).
    public func header(_ name: String) -> String? {
        headers.first { $0.name == name }?.value
    }
}
