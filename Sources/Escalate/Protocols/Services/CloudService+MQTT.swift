// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension CloudService {
    /// A request and its response over a broker (MQTT 5.0 section 4.10); the address is the topic.
    ///
    /// A response says with the user property `status` that it is no success, in HTTP's numbers and with their common
    /// meaning.
    static func mqtt(
        _ options: EndpointOptions,
        _ mqtt: MQTTAskOptions,
        _ body: BodyForm
    ) -> CloudService {
        CloudService(
            url: mqtt.topic,
            readiness: CloudReadiness(url: mqtt.topic),
            form: body.make(options),
            headers: options.headers,
            model: options.modelReference
        )
    }
}
