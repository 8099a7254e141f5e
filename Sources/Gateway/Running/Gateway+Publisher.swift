// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging
import MQTT
import Vocabulary

extension Gateway {
    /// The connection that actions, verdicts and the state are published on; the last will is its.
    static func publisher(
        _ configuration: GatewayConfiguration,
        logger: Logger
    ) throws -> MQTTPublisher {
        var options = try configuration.broker.options(connection: "act")
        // Back before the lanes, so that what they decide can leave at once; and a broker that walks the
        // queue of a lane's session answers nobody meanwhile.
        options.backoff = .ahead
        let topic = configuration.statusTopic
        options.will = MQTTPublication(
            topic: topic,
            payload: state("offline", "the connection was lost", configuration.site),
            qualityOfService: 1,
            isRetained: true
        )
        return MQTTPublisher(
            options: options,
            birth: MQTTPublication(
                topic: topic,
                payload: state("online", nil, configuration.site),
                qualityOfService: 1,
                isRetained: true
            ),
            farewell: MQTTPublication(
                topic: topic,
                payload: state("offline", "stopped", configuration.site),
                qualityOfService: 1,
                isRetained: true
            ),
            onStateChange: { isConnected, reason in
                if isConnected {
                    logger.info("publishing connection is up")
                } else {
                    logger.warning(
                        "publishing connection is down; actions go to the spool",
                        metadata: ["reason": "\(reason)"]
                    )
                }
            }
        )
    }

    private static func state(_ state: String, _ reason: String?, _ site: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("site", site)
        writer.member("state", state)
        writer.member("reason", reason)
        writer.endObject()
        return writer.bytes
    }

    static func pause() {
        usleep(5_000)
    }
}
