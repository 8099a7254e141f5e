// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Vocabulary

/// How one kind of cloud broker wants to be spoken to.
///
/// | dialect | version | topic | who we are | largest message |
/// |---|---|---|---|---|
/// | `plain` | as set | as set | as set | 256 MiB |
/// | `aws-iot-core` | as set | as set, 256 bytes, 7 slashes | client certificate | 128 KiB |
/// | `azure-iot-hub` | 3.1.1 | `devices/{id}/messages/events/…` | SAS token or client certificate | 256 KiB |
///
/// (AWS IoT Core quotas, "message broker"; Azure IoT Hub, "Communicate with MQTT".)
public enum BrokerDialect: String, CaseIterable, Sendable {
    /// Any broker.
    case plain
    /// AWS IoT Core.
    case awsIoTCore = "aws-iot-core"
    /// Azure IoT Hub.
    case azureIoTHub = "azure-iot-hub"

    /// The version of Azure's protocol that is spoken.
    static let azureVersion = "2021-04-12"

    /// The longest payload the broker takes.
    public var largestMessage: Int {
        switch self {
        case .plain: (256 << 20) - 1
        case .awsIoTCore: 128 << 10
        // The hub counts properties too.
        case .azureIoTHub: (256 << 10) - 4_096
        }
    }

    /// How many publications may wait for their acknowledgement (AWS closes connections over more).
    var window: Int {
        switch self {
        case .plain, .azureIoTHub: 256
        case .awsIoTCore: 100
        }
    }

    /// The name a device logs in with; nil where the configuration's own is used.
    public func username(host: String, device: String) -> String? {
        guard self == .azureIoTHub else { return nil }
        return "\(host)/\(device)/?api-version=\(Self.azureVersion)"
    }

    /// The topic of a line; nil for one that the broker would close the connection over.
    func topic(
        _ template: TopicTemplate?,
        device: String,
        line: OutboundLine,
        site: String
    )
        -> String?
    {
        switch self {
        case .azureIoTHub:
            // Its properties: the message's id, by which repeats are recognised, and what it is.
            let properties = [
                ("$.mid", line.key), ("$.ct", "application/json"), ("$.ce", "utf-8"),
                ("policy", line.policy),
            ]
            let bag = properties.map { name, value in
                "\(SharedAccessSignature.escaped(name))=\(SharedAccessSignature.escaped(value))"
            }
            return "devices/\(device)/messages/events/" + bag.joined(separator: "&")
        case .plain, .awsIoTCore:
            let topic = try? template?.topic { name in
                switch name {
                case "site": site
                case "policy": line.policy
                case "device": line.device
                default: nil
                }
            }
            guard let topic else { return nil }
            guard self == .awsIoTCore else { return topic }
            let slashes = topic.utf8.count { $0 == UInt8(ascii: "/") }
            return topic.utf8.count <= 256 && slashes <= 7 ? topic : nil
        }
    }
}
