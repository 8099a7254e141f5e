// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Admin
import ArgumentParser
import Gateway
import HTTP

/// The running gateway of a configuration, as the verbs ask it.
struct Control {
    let socket: String
    let configuration: GatewayConfiguration
    private let client: ControlClient

    /// Reads the configuration to find the socket; prints what is wrong with it and exits with 78.
    init(_ file: ConfigurationOption) throws {
        let (configuration, diagnostics, _) = GatewayConfiguration.read(path: file.path)
        guard let configuration else {
            let findings = CheckFindings(diagnostics: diagnostics, site: nil)
            Console.print(findings, verdict: nil)
            throw Console.configurationError
        }
        self.configuration = configuration
        socket = configuration.controlSocket
        do throws(HTTPError) {
            client = try ControlClient(socket: socket)
        } catch {
            Console.complain("sluice: \(error.message)")
            throw Console.unavailable
        }
    }

    /// Sends a request; prints why there is no answer and exits with 69.
    func send(
        _ method: String,
        _ path: String,
        query: [(name: String, value: String?)] = []
    ) async throws -> [UInt8] {
        guard let answer = try await sendIfRunning(method, path, query: query) else {
            Console.complain("sluice: no gateway answers at \(socket); is `sluice run` running?")
            throw Console.unavailable
        }
        return answer
    }

    /// The same; nil when no gateway is running.
    func sendIfRunning(
        _ method: String,
        _ path: String,
        query: [(name: String, value: String?)] = [],
        body: [UInt8] = [],
        timeout: Double = 60
    ) async throws -> [UInt8]? {
        do throws(ControlClient.Failure) {
            return try await client.send(method, path, query: query, body: body, timeout: timeout)
        } catch {
            if error.isAbsent { return nil }
            Console.complain("sluice: \(error)")
            throw Console.unavailable
        }
    }

    /// What a running gateway answers to a question asked in passing; nil when it does not within a second.
    func glance(_ path: String) async -> [UInt8]? {
        try? await client.send("GET", path, timeout: 1)
    }

    /// Decisions as they happen; see `ControlClient`.
    func decisions(
        policy: String?,
        route: String?,
        device: String?
    ) -> AsyncThrowingStream<ControlClient.FeedEvent, any Error> {
        client.decisions(policy: policy, route: route, device: device)
    }
}
