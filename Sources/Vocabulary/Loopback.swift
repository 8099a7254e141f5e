// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Tells whether an address stays on this machine, so that it may do without TLS or a token.
///
/// Exact, because `127.example.com` and `localhost.example.com` are anybody's: only `localhost`
/// (RFC 6761 section 6.3), `127.0.0.0/8` in four decimal numbers (RFC 1122 section 3.2.1.3) and
/// `::1` (RFC 4291 section 2.5.3) count. Asks no resolver.
public enum Loopback {
    /// Whether `host` is this machine; an IPv6 address may stand in brackets.
    public static func contains(host: some StringProtocol) -> Bool {
        let name = host.lowercased()
        if name == "localhost" || name == "::1" || name == "[::1]" { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "127" else { return false }
        return parts.allSatisfy { part in
            (1...3).contains(part.utf8.count)
                && part.utf8.allSatisfy { (48...57).contains($0) }
                && UInt8(part) != nil
        }
    }

    /// Whether the host of `url` is this machine; false where it has none.
    public static func contains(url: String) -> Bool {
        guard let start = url.firstRange(of: "://")?.upperBound else { return false }
        var host = url[start...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        // Readers of URLs differ over what a backslash ends.
        if host.contains("\\") { return false }
        if let at = host.lastIndex(of: "@") { host = host[host.index(after: at)...] }
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return false }
            return contains(host: host[...end])
        }
        return contains(host: host.prefix { $0 != ":" })
    }
}
