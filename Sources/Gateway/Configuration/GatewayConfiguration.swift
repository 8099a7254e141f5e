// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Escalate
public import Infer
public import Settings
public import Spool
public import Vocabulary

/// What `sluice.yaml` says, checked and with its defaults filled in.
public struct GatewayConfiguration: Sendable {
    /// The broker, and who we are to it.
    public struct Broker: Sendable {
        /// Its host name or address.
        public var host: String
        /// Its port.
        public var port: Int
        /// True for `mqtts`.
        public var usesTLS: Bool
        /// True for MQTT 3.1.1 instead of 5.
        public var isVersion311: Bool
        /// What all our connections' client ids begin with; the broker keeps our sessions under them.
        public var clientID: String
        /// The name we log in with.
        public var username: String?
        /// The password we log in with.
        public var password: SecretReference?
        /// The authorities trusted, in PEM; nil for the system's.
        public var caFile: String?
        /// Our certificate, in PEM, where the broker asks for one.
        public var certificateFile: String?
        /// That certificate's key, in PEM.
        public var keyFile: String?
        /// The protocol named in the TLS handshake (ALPN); nil names none.
        public var alpn: String?
        /// How long silence may last before either side calls the connection dead.
        public var keepAlive: Interval
        /// How long the broker keeps our session while we are away.
        public var sessionExpiry: Interval
    }

    /// One input: a lane with its own connection and thread.
    public struct Input: Sendable {
        /// Its name in logs, metrics and the status.
        public var name: String
        /// The topic filters it subscribes to, at QoS 1.
        public var filters: [String]
        /// How many messages the broker may send ahead of their acknowledgements.
        public var receiveMaximum: Int
        /// The longest payload taken; a longer one goes to the dead letters, without its tail.
        public var maximumPayload: Int
        /// How long dense traffic may gather before it is read.
        public var coalescing: Interval
        /// How long a commit waits for company.
        public var linger: Interval
        /// How many messages may be unsettled at once.
        public var maximumUnsettled: Int
    }

    /// One cloud endpoint, with the models it answers for.
    public struct Endpoint: Sendable {
        /// Its name, which policies give.
        public var name: String
        /// Its models by the policy that asks them.
        public var models: [String: CloudModel]
    }

    /// One model of an endpoint, as one policy asks it.
    public struct CloudModel: Sendable {
        /// Where it is and the limits it is asked under; breaker and latencies are its own.
        public var options: EndpointOptions
        /// The feature expressions of each input tensor.
        public var inputs: [Tensor]
        /// Where it stands in the file, for diagnostics.
        public var place: SettingsPlace

        /// The name under which the stage Escalate knows endpoint and model.
        public static func name(endpoint: String, policy: String) -> String {
            "\(endpoint)/\(policy)"
        }
    }

    /// One input tensor of a cloud model.
    public struct Tensor: Sendable {
        /// Its name there.
        public var name: String
        /// What fills it: features in their order, or a camera's frame.
        public var source: OutboundSource
        /// Where it stands in the file, for diagnostics.
        public var place: SettingsPlace
    }

    /// The file it was read from, as the user named it.
    public var file: String
    /// The site's name: part of event sources and topics.
    public var site: String
    /// The broker.
    public var broker: Broker
    /// The inputs, at least one.
    public var inputs: [Input]
    /// The model repository's folder; nil when no policy uses a model.
    public var modelsPath: String?
    /// ONNX Runtime's library; nil to look in the system's library path.
    public var runtimeLibrary: String?
    /// How ONNX Runtime runs models that do not say otherwise.
    public var session: SessionSettings
    /// Whom models are taken from, and which version does what.
    public var models: ModelsConfiguration
    /// The policies' folder.
    public var policiesPath: String
    /// The endpoints by name.
    public var endpoints: [String: Endpoint]
    /// The sinks by name.
    public var sinks: [String: Sink]
    /// The spool's file.
    public var spoolPath: String
    /// How large it may grow and what happens when it is full.
    public var spool: SpoolOptions
    /// The socket through which the command steers the running gateway.
    public var controlSocket: String
    /// Where the admin server listens; nil for nowhere.
    public var admin: Admin?
    /// Where late verdicts are published; `{policy}`, `{site}` and `{device}` may stand in it.
    public var verdictTopic: Template
    /// Where the gateway's own state is published, retained.
    public var statusTopic: String
    /// The decision log's file; nil for none.
    public var decisionLog: String?
    /// How large the decision log may grow before it is turned over.
    public var decisionLogSize: Int
    /// Every how many decisions that leave nothing behind one is logged; 0 for none.
    public var decisionLogSampling: Int
    /// What is recorded from the start, for `sluice replay` and `sluice tune`; nil for nothing.
    public var recording: RecordingRequest?
    /// How many audits an hour may be put to the cloud; their share of the spool is in `spool`.
    public var auditsPerHour: Int
    /// Where operators' labels are published to us; nil for nowhere.
    public var labelTopic: String?
    /// How many requests of the backlog may be under way at once.
    public var drainInFlight: Int
    /// How many bytes a second the backlog may send; nil for as many as the way takes.
    public var drainRate: Int?
    /// Where traces and metrics are exported to; nil for nowhere.
    public var telemetry: OTLPConfiguration?

    /// What Home Assistant's discovery topics begin with; nil to tell it nothing.
    public var homeAssistantPrefix: String?
    /// The files of secrets, certificates and keys it names, which are looked at while the gateway runs.
    public var credentialFiles: Set<String> = []

    /// How many rows the drain takes at a time: full calls for a few models at once.
    var drainBatch: Int {
        let models = endpoints.values.flatMap(\.models.values)
        let largest = models.map(\.options.maximumBatch).max() ?? 1
        return min(1_024, max(64, largest * min(8, max(2, models.count))))
    }

    /// The file of what `sluice models` chose: the program's own, beside the spool.
    public var choicesPath: String { spoolPath + ".models.yaml" }

    /// The file of the models that passed their trials: the program's own, beside the spool.
    var trialsPath: String { spoolPath + ".trials" }
}
