// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Escalate
import HTTP
import MQTT
public import Settings
import Sync
import Vocabulary

extension GatewayConfiguration {
    /// A store of the user's that decisions and readings are sent to.
    public struct Sink: Sendable {
        /// The kinds of store.
        enum Kind: String, CaseIterable {
            /// A web server that takes JSON lines.
            case ndjson = "https-ndjson"
            /// A broker.
            case mqtt
        }

        /// How it is reached.
        enum Way: Sendable {
            case web(NDJSONSink.Options)
            case broker(BrokerWay)
        }

        /// A cloud's broker.
        struct BrokerWay: Sendable {
            var connection: Broker
            var dialect: BrokerDialect
            var topic: TopicTemplate?
            var limits: SinkLimits
            var sharedAccessKey: SecretReference?
            var tokenLifetime: Interval
        }

        /// Its name, which policies give.
        public var name: String
        /// Where it stands in the file, for diagnostics.
        public var place: SettingsPlace
        var way: Way

        /// True when its topic names the device.
        var namesDevice: Bool {
            guard case .broker(let way) = way else { return false }
            return way.topic?.template.names.contains("device") ?? false
        }
    }
}

extension GatewayConfiguration.Sink {
    /// The sink, ready to be started.
    func made(site: String, http: any WebCalling, time: any TimeSource) throws -> any Sync.Sink {
        switch way {
        case .web(let options):
            return NDJSONSink(options, http: http, time: time)
        case .broker(let way):
            return MQTTSink(try way.options(site: site), time: time) { MQTTPublisher(options: $0) }
        }
    }
}

extension GatewayConfiguration.Sink.BrokerWay {
    /// How the broker is spoken to; passwords are read with each connection.
    func options(site: String) throws -> MQTTSink.Options {
        var connection = self.connection
        let secret = connection.password
        connection.password = nil
        var options = try connection.options(connection: "sink")
        // Cloud brokers know devices by their client id.
        options.clientID = connection.clientID
        options.username =
            dialect.username(host: connection.host, device: connection.clientID)
            ?? connection.username
        if dialect == .azureIoTHub { options.version = .v311 }
        // What is to be sent is on our own disk: the broker need not keep a session for us.
        options.sessionExpiry = 0
        options.cleanStart = true
        let (key, lifetime) = (sharedAccessKey, tokenLifetime)
        let resource = "\(connection.host)/devices/\(connection.clientID)"
        return MQTTSink.Options(
            connection: options,
            dialect: dialect,
            topic: topic,
            site: site,
            limits: limits
        ) { now throws(MQTTFailure) in
            guard let key else { return MQTTSink.Password(try Self.text(of: secret)) }
            let text = try Self.text(of: key) ?? ""
            let signature: SharedAccessSignature
            do throws(SharedAccessSignature.UnusableKey) {
                signature = try SharedAccessSignature(resource: resource, key: text)
            } catch {
                throw MQTTFailure(kind: .configuration, message: error.description)
            }
            return MQTTSink.Password(
                signature.token(expiry: now + lifetime),
                // Well before its end: hub and gateway may disagree about the time.
                renewal: now + Interval(nanoseconds: lifetime.nanoseconds / 10 * 8)
            )
        }
    }

    private static func text(of secret: SecretReference?) throws(MQTTFailure) -> String? {
        do throws(SecretReference.Unreadable) {
            return try secret?.read()
        } catch {
            throw MQTTFailure(kind: .configuration, message: error.message)
        }
    }
}
