// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
public import HTTP
import Vocabulary

/// Asks a running gateway through its local socket.
public struct ControlClient: Sendable {
    /// Why there is no answer.
    public struct Failure: Error, Sendable, CustomStringConvertible {
        /// What went wrong and what to do.
        public var message: String
        /// True when no gateway is behind the socket.
        public var isAbsent: Bool

        /// Makes a failure.
        public init(message: String, isAbsent: Bool) {
            self.message = message
            self.isAbsent = isAbsent
        }

        /// The message.
        public var description: String { message }
    }

    private let http: HTTPClient
    private let socket: String

    /// Makes a client of the gateway behind `socket`.
    public init(socket: String) throws(HTTPError) {
        http = try HTTPClient()
        self.socket = socket
    }

    /// Sends one request and returns the JSON of the answer.
    public func send(
        _ method: String,
        _ path: String,
        query: [(name: String, value: String?)] = [],
        body: [UInt8] = [],
        timeout: Double = 60
    ) async throws(Failure) -> [UInt8] {
        let request = HTTPRequest(
            method: method,
            url: Self.url(path, query),
            body: body,
            timeout: timeout,
            maximumReplyBytes: 64 << 20,
            unixSocketPath: socket
        )
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await http.send(request)
        } catch {
            throw failure(error)
        }
        return try Self.accepted(response)
    }

    /// Hands over the parts of an answer as they come, until it ends; for streams that last.
    ///
    /// `take` is called on the client's own thread and must not wait.
    func stream(
        _ path: String,
        query: [(name: String, value: String?)],
        take: @escaping @Sendable ([UInt8]) -> Void
    ) async throws(Failure) {
        let request = HTTPRequest(
            url: Self.url(path, query),
            timeout: 86_400,
            unixSocketPath: socket
        )
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await http.stream(request, take: take)
        } catch {
            if error.code == .connectionLost { return }
            throw failure(error)
        }
        _ = try Self.accepted(response)
    }

    /// What the gateway says to what it refuses.
    private struct Refusal: Decodable {
        struct Reason: Decodable { var message: String }
        var error: Reason
    }

    private static func accepted(_ response: HTTPResponse) throws(Failure) -> [UInt8] {
        guard response.status == 200 else {
            let said = try? JSONDecoder().decode(Refusal.self, from: Data(response.body))
            let text = said?.error.message ?? String(decoding: response.body, as: UTF8.self)
            throw Failure(message: "the gateway refuses: \(text.prefix(500))", isAbsent: false)
        }
        return response.body
    }

    private func failure(_ error: HTTPError) -> Failure {
        let isAbsent = error.code == .connect
        return Failure(
            message: isAbsent
                ? "no gateway answers at \(socket)"
                : "the gateway at \(socket) does not answer: \(error.message)",
            isAbsent: isAbsent
        )
    }

    private static func url(_ path: String, _ query: [(name: String, value: String?)]) -> String {
        let pairs = query.compactMap { name, value in
            value.map { "\(name)=\(escaped($0))" }
        }
        return "http://localhost\(path)" + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    }

    /// A query's value with everything but letters, digits and `-._~` escaped (RFC 3986 section 2.1).
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                scalar.properties.isAlphabetic && byte < 0x80
                || (0x30...0x39).contains(byte) || "-._~".unicodeScalars.contains(scalar)
            if isPlain {
                escaped.unicodeScalars.append(scalar)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                escaped += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return escaped
    }
}
