// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CryptoExtras
import Glibc
import HTTP
import Synchronization
import TestKit
import Testing
import Vocabulary

@testable import Escalate

/// One protocol against a fake server that speaks it, credentials and transport included.
final class ContractRig: Sendable {
    let dialect: Dialect
    let options: EndpointOptions
    private let cloud: FakeCloud
    private let responder: FakeResponder?
    private let broker: Broker?
    private let http: HTTPClient
    private let transport: any CloudTransport
    /// The secret that is shown, which tests change.
    let secret: SharedSecret
    /// Tokens the token server has given.
    let tokens = SharedCount()

    private static let rsaKey = try? _RSA.Signing.PrivateKey(keySize: .bits2048).pemRepresentation

    init(
        _ dialect: Dialect,
        secret: SharedSecret = SharedSecret("open-sesame-1"),
        respond: @escaping @Sendable (FakeCloud.Request) -> FakeCloud.Reply
    ) async throws {
        self.dialect = dialect
        self.secret = secret
        let cloud = try FakeCloud { [tokens] request in
            guard request.path == "/token" else { return respond(request) }
            let number = tokens.next()
            return FakeCloud.Reply(body: #"{"access_token":"token-\#(number)","expires_in":3599}"#)
        }
        self.cloud = cloud
        var options = EndpointOptions(
            name: "central",
            url: dialect.path.hasPrefix("/score") || dialect.path.hasPrefix("/any")
                ? cloud.url + dialect.path : cloud.url,
            model: "wear",
            modelVersion: dialect.version,
            labels: ["ok", "fault"],
            // Never what a test is about: beside a thousand others an answer may wait for a thread.
            timeout: .seconds(120),
            maximumReplyBytes: 65_536,
            speaks: dialect.speaks(cloud.url),
            credential: try Self.credential(dialect.shows, secret, cloud.url)
        )
        if dialect.usesBroker {
            let broker = try Broker()
            let responder = FakeResponder(broker: broker, topic: dialect.path, respond: respond)
            options.speaks = .mqtt(
                MQTTAskOptions(
                    host: "127.0.0.1",
                    port: broker.port,
                    clientID: "asker",
                    topic: dialect.path,
                    responseTopic: "answers/asker"
                ),
                .instances(InstancesOptions())
            )
            (self.broker, self.responder) = (broker, responder)
        } else {
            (broker, responder) = (nil, nil)
        }
        self.options = options
        http = try HTTPClient()
        transport = options.makeTransport(http: http, time: RealTime())
        if let responder {
            let ready = options.makeProtocol().readiness
            while (try? await transport.probe(ready)) == nil || !responder.isReady { usleep(5_000) }
        }
    }

    deinit {
        transport.stop()
        responder?.stop()
        http.shutdown()
        cloud.stop()
    }

    /// What was asked, token requests left out.
    var asked: [FakeCloud.Request] {
        responder?.requests ?? cloud.requests.filter { $0.path != "/token" }
    }

    func holdBack(_ count: Int) { responder?.state.withLock { $0.holdsBack = count } }

    /// Asks as an endpoint does.
    func ask(_ questions: [Question]) async -> Result<CloudAnswers, CallFailure> {
        let cloud = options.makeProtocol()
        do throws(CallFailure) {
            var request = try cloud.request(for: questions)
            request.handOn(traceOf: questions)
            let reply = try await transport.exchange(request)
            guard (200..<300).contains(reply.status) else {
                throw cloud.failure(of: reply, at: WallTime(nanoseconds: 0))
            }
            return .success(try cloud.answers(in: reply, to: questions))
        } catch {
            return .failure(error)
        }
    }

    private static func credential(
        _ kind: String,
        _ secret: SharedSecret,
        _ url: String
    ) throws -> any Credential {
        switch kind {
        case "bearer": return HeaderCredential.bearer { secret.value }
        case "api-key": return HeaderCredential(name: "api-key") { secret.value }
        case "aws":
            return AWSCredential(
                region: "eu-central-1",
                service: "sagemaker",
                accessKey: { "AKIDEXAMPLE" },
                secretKey: { "hidden-signing-key" },
                sessionToken: { secret.value }
            )
        case "google":
            let pem = try #require(rsaKey)
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("client_email", "robot@example.com")
            writer.member("private_key", pem)
            writer.member("private_key_id", "7")
            writer.member("token_uri", url + "/token")
            writer.endObject()
            let file = String(decoding: writer.bytes, as: UTF8.self)
            return GoogleCredential { file }
        default: return NoCredential()
        }
    }
}

/// A secret that changes.
final class SharedSecret: Sendable {
    private let text: Mutex<String>
    init(_ text: String) { self.text = Mutex(text) }
    var value: String {
        get { text.withLock { $0 } }
        set { text.withLock { $0 = newValue } }
    }
}

/// Counts from 1.
final class SharedCount: Sendable {
    private let last = Mutex(0)
    var value: Int { last.withLock { $0 } }
    func next() -> Int {
        last.withLock { last in
            last += 1
            return last
        }
    }
}
