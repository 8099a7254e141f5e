// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Admin
import ArgumentParser
import Gateway
import Glibc
import HTTP
import Settings
import Vocabulary

/// The running gateway of a configuration, as the verbs ask it.
struct Control {
    let socket: String
    private let sound: GatewayConfiguration?
    private let diagnostics: [Diagnostic]
    private let client: ControlClient

    /// What the file says; prints what is wrong with it and exits with 78.
    var configuration: GatewayConfiguration {
        get throws {
            guard let sound else { throw Self.refused(diagnostics) }
            return sound
        }
    }

    /// Reads the configuration to find the socket; prints why it cannot and exits with 78.
    ///
    /// The gateway that runs has read its file before: it can be asked whatever is wrong with the file now.
    init(_ file: ConfigurationOption) throws {
        let (configuration, diagnostics, settings) = GatewayConfiguration.read(path: file.path)
        guard let settings else { throw Self.refused(diagnostics) }
        sound = configuration
        self.diagnostics = diagnostics
        socket = configuration?.controlSocket ?? GatewayConfiguration.controlSocket(in: settings)
        do throws(HTTPError) {
            client = try ControlClient(socket: socket)
        } catch {
            Console.complain("sluice: \(error.message)")
            throw Console.unavailable
        }
    }

    private static func refused(_ diagnostics: [Diagnostic]) -> any Error {
        Console.print(CheckFindings(diagnostics: diagnostics, site: nil), verdict: nil)
        return Console.configurationError
    }

    /// Sends a request; prints why there is no answer and exits with 69.
    func send(
        _ method: String,
        _ path: String,
        query: [(name: String, value: String?)] = [],
        timeout: Double = 60
    ) async throws -> [UInt8] {
        let answer = try await sendIfRunning(method, path, query: query, timeout: timeout)
        guard let answer else {
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
            if error.isAbsent {
                guard !Self.isShut(socket) else {
                    Console.complain(
                        "sluice: you may not open \(socket): be the gateway's user, or use `sudo`"
                    )
                    throw Console.unavailable
                }
                // What would be done without it wants the file.
                _ = try self.configuration
                return nil
            }
            Console.complain("sluice: \(error)")
            throw Console.unavailable
        }
    }

    /// True when there may be a gateway behind the socket, which is not this user's to ask.
    private static func isShut(_ socket: String) -> Bool {
        access(socket, R_OK | W_OK) != 0 && errno == EACCES
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
