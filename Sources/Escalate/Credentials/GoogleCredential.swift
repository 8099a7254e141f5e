// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import HTTP
import Synchronization
public import Vocabulary

/// Shows an access token that Google gives for a service account's key.
///
/// A token is asked for when it is first needed, by one call for all that wait, and again five minutes before it expires
/// (halfway for short-lived ones), when it is refused, and when the key file has changed. While
/// no new one can be had the old one is shown as long as it lives.
/// Source: Google, "Using OAuth 2.0 for server to server applications"; RFC 7523.
public final class GoogleCredential: Credential {
    struct Token: Sendable {
        var text: String
        var renewal: WallTime
        var expiry: WallTime
        /// The key file it was made from.
        var key: String
    }

    private struct State {
        var token: Token?
        var fetching: Task<Result<Token, CredentialError>, Never>?
    }

    private let key: SecretSource
    private let scope: String
    // Calls look for the token and leave one task that fetches it; held for moments only.
    private let state = Mutex(State())

    /// Makes one from the text of a service account's key file (JSON), read for each call.
    public init(
        key: @escaping SecretSource,
        scope: String = "https://www.googleapis.com/auth/cloud-platform"
    ) {
        self.key = key
        self.scope = scope
    }

    /// Adds the token; asks for one first where there is none.
    public func authorize(
        _ request: inout HTTPRequest,
        over http: any WebCalling,
        now: WallTime
    ) async throws(CredentialError) {
        let text: String
        do {
            text = try key()
        } catch {
            throw CredentialError("there is no service account's key: \(error)")
        }
        let token = try await token(key: text, request: request, http: http, now: now)
        request.headers.append(("Authorization", "Bearer \(token.text)"))
    }

    /// True after 401: the token is forgotten, unless there is another one already.
    public func renews(after request: HTTPRequest, status: Int) -> Bool {
        guard status == 401 else { return false }
        let shown = request.headers.last { $0.name == "Authorization" }?.value
        state.withLock { state in
            if let token = state.token, shown == "Bearer \(token.text)" { state.token = nil }
        }
        return true
    }

    private func token(
        key: String,
        request: HTTPRequest,
        http: any WebCalling,
        now: WallTime
    ) async throws(CredentialError) -> Token {
        typealias Fetching = Task<Result<Token, CredentialError>, Never>
        let (known, task) = state.withLock { state -> (Token?, Fetching?) in
            let known = state.token.flatMap { $0.key == key && now < $0.expiry ? $0 : nil }
            if let known, now < known.renewal { return (known, nil) }
            if let task = state.fetching { return (known, task) }
            let task = Fetching { [scope] in
                let result = await Self.fetch(
                    key: key,
                    scope: scope,
                    // Others wait for it, too: one impatient call does not cut it short.
                    timeouts: (max(request.timeout, 2), max(request.connectTimeout, 1)),
                    http: http,
                    now: now
                )
                self.state.withLock { state in
                    if case .success(let token) = result { state.token = token }
                    state.fetching = nil
                }
                return result
            }
            state.fetching = task
            return (known, task)
        }
        guard let task else {
            if let known { return known }
            throw CredentialError("there is no token")
        }
        switch await task.value {
        case .success(let token): return token
        case .failure(let error):
            if let known { return known }
            throw error
        }
    }

    private static func fetch(
        key: String,
        scope: String,
        timeouts: (total: Double, connect: Double),
        http: any WebCalling,
        now: WallTime
    ) async -> Result<Token, CredentialError> {
        do throws(CredentialError) {
            let account = try ServiceAccountKey(key)
            let request = HTTPRequest(
                method: "POST",
                url: account.tokenAddress,
                headers: [("Content-Type", "application/x-www-form-urlencoded")],
                body: try account.tokenRequest(scope: scope, now: now),
                timeout: timeouts.total,
                connectTimeout: timeouts.connect,
                maximumReplyBytes: 64 << 10
            )
            let response: HTTPResponse
            do throws(HTTPError) {
                response = try await http.send(request)
            } catch {
                throw CredentialError("no access token: \(error)", isRetryable: true)
            }
            return .success(try account.token(in: response, key: key, now: now))
        } catch {
            return .failure(error)
        }
    }
}
