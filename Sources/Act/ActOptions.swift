// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import HTTP

/// How `Act` works.
public struct ActOptions: Sendable {
    /// How many keys of delivered effects are remembered.
    public var memory: Int
    /// How many webhook calls may be under way at a time.
    public var callsInFlight: Int
    /// How many webhook calls may wait for others before more are refused (and spooled by the caller).
    public var callsWaiting: Int
    /// How the server of a webhook is verified, and what we show it.
    public var tls: HTTPTLS
    /// The bearer token of a `Webhook.credential`, read when it is needed; nil when there is none.
    public var credential: @Sendable (String) -> String?

    /// Makes options.
    public init(
        memory: Int = 16_384,
        callsInFlight: Int = 16,
        callsWaiting: Int = 1_000,
        tls: HTTPTLS = HTTPTLS(),
        credential: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.memory = max(1, memory)
        self.callsInFlight = max(1, callsInFlight)
        self.callsWaiting = max(0, callsWaiting)
        self.tls = tls
        self.credential = credential
    }
}
