// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import FoundationEssentials
import Glibc
import Ingest
import Logging
public import MQTT
public import Settings
import Spool
import Vocabulary

/// Makes the lanes of a configuration, with what earlier runs left at the broker taken into account.
struct LaneMaker {
    let configuration: GatewayConfiguration
    let parts: PathParts
    let logger: Logger

    func lanes() throws -> [Lane] {
        try EpochRecord.prune(
            lanes: Set(configuration.inputs.map(\.name)),
            policies: Set(parts.board.edition.policies.map(\.policy.name)),
            in: parts.spool
        )
        return try configuration.inputs.map { input in
            let known = try Self.knownFilters(of: input.name, in: parts.spool)
            var options = LaneOptions(
                name: input.name,
                mqtt: try configuration.broker.options(connection: input.name),
                filters: input.filters
            )
            options.mqtt.receiveMaximum = UInt16(input.receiveMaximum)
            options.retiredFilters = known?.filter { !input.filters.contains($0) } ?? []
            options.coalescing = input.coalescing
            options.linger = input.linger
            options.maximumUnsettled = input.maximumUnsettled
            options.maximumPayload = input.maximumPayload
            options.takesTraceParents = parts.tracer != nil && !configuration.broker.isVersion311
            options.expectsSession = known != nil
            options.followsUncleanExit = parts.spool.wasUncleanExit
            options.knownBrokerDrops = try Self.knownDrops(of: input.name, in: parts.spool)
            return Self.lane(options, input, parts, logger)
        } + labelLane()
    }

    /// The lane that operators' labels come by, where the configuration names a topic for them.
    private func labelLane() throws -> [Lane] {
        guard let topic = configuration.labelTopic else { return [] }
        let name = GatewayConfiguration.labelInput
        var options = LaneOptions(
            name: name,
            mqtt: try configuration.broker.options(connection: name),
            filters: [topic]
        )
        let known = try Self.knownFilters(of: name, in: parts.spool)
        options.retiredFilters = known?.filter { $0 != topic } ?? []
        options.expectsSession = known != nil
        options.followsUncleanExit = parts.spool.wasUncleanExit
        options.maximumPayload = OperatorLabel.sizeLimit
        return [
            Lane(options: options, time: parts.time, logger: logger) { [parts] in
                LabelPath(name: name, parts: parts)
            }
        ]
    }

    private static func lane(
        _ options: LaneOptions,
        _ input: GatewayConfiguration.Input,
        _ parts: PathParts,
        _ logger: Logger
    ) -> Lane {
        let waker = LaneWaker()
        let lane = Lane(options: options, time: parts.time, logger: logger) {
            MessagePath(
                name: input.name,
                role: .lane,
                parts: parts,
                recovery: CrashRecovery(isActive: parts.spool.wasUncleanExit),
                wake: { waker.wake() }
            )
        }
        waker.wakes(lane)
        return lane
    }

    private static func metaKey(_ input: String) -> String { "filters.\(input)" }

    /// The filters that an earlier run subscribed to under this input's name; nil when there was none.
    private static func knownFilters(
        of input: String,
        in spool: SpoolStore
    ) throws(SpoolError) -> [String]? {
        guard let value = try spool.meta(metaKey(input)) else { return nil }
        return String(decoding: value, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private static func dropsKey(_ input: String) -> String { "drops.\(input)" }

    /// The broker's count of drops as an earlier run met it last; nil when there was none.
    private static func knownDrops(
        of input: String,
        in spool: SpoolStore
    ) throws(SpoolError) -> Int? {
        try spool.meta(dropsKey(input)).flatMap { Int(String(decoding: $0, as: UTF8.self)) }
    }

    /// What is to be remembered of the broker's count, as it is now.
    static func remember(drops count: Int, of lane: Lane) -> SpoolChange.MetaValue {
        .init(key: dropsKey(lane.options.name), value: Array(String(count).utf8))
    }

    /// What is to be remembered once a lane has told the broker its filters.
    static func remember(_ lane: Lane) -> SpoolChange.MetaValue {
        .init(
            key: metaKey(lane.options.name),
            value: Array(lane.options.filters.joined(separator: "\n").utf8)
        )
    }
}

extension GatewayConfiguration.Broker {
    /// How the connection called `connection` is made, its password read, and read again with each attempt.
    public func options(connection: String) throws(SecretReference.Unreadable) -> MQTTOptions {
        var options = MQTTOptions(
            host: host,
            port: UInt16(port),
            clientID: "\(clientID)-\(connection)"
        )
        options.version = isVersion311 ? .v311 : .v5
        options.keepAlive = Int32(keepAlive.seconds)
        options.sessionExpiry = UInt32(clamping: Int64(sessionExpiry.seconds))
        options.username = username
        options.password = try password?.read()
        if let password {
            options.renew = { options throws(MQTTFailure) in
                do throws(SecretReference.Unreadable) {
                    options.password = try password.read()
                } catch {
                    throw MQTTFailure(kind: .configuration, message: error.message)
                }
            }
        }
        if usesTLS {
            var tls = caFile.map { MQTTTLS(caFile: $0) } ?? MQTTTLS()
            tls.certificateFile = certificateFile
            tls.keyFile = keyFile
            tls.applicationProtocol = alpn
            options.tls = tls
        }
        return options
    }
}
