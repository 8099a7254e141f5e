// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway
import Hummingbird
import Spool
import Vocabulary

/// What holds the inputs and lets them go on.
extension ControlRoutes {
    private static let cannotKeep = "The order cannot be written down, so nothing has changed."

    var pauses: [Operation] {
        let gateway = gateway
        return [
            .post(
                "/v1/pause",
                "Has all inputs leave the broker, which keeps their messages, until they are resumed; holds "
                    + "over restarts.",
                [.init("why", .line(most: 256), "Why, for the status and the log.")],
                answer: .json("Pause"),
                refusals: [409: Self.cannotKeep]
            ) { call in
                do throws(SpoolError) {
                    return Self.reply(
                        Self.json(try gateway.pauseInputs(by: call.caller, why: call.text("why")))
                    )
                } catch {
                    throw HTTPError(.conflict, message: "\(error)")
                }
            },
            .post(
                "/v1/resume",
                "Has the inputs go on.",
                answer: .json("Pause"),
                refusals: [409: Self.cannotKeep]
            ) { call in
                do throws(SpoolError) {
                    try gateway.resumeInputs(by: call.caller)
                    return Self.reply(Self.json(nil))
                } catch {
                    throw HTTPError(.conflict, message: "\(error)")
                }
            },
        ]
    }

    private static func json(_ pause: InputPause?) -> [UInt8] {
        var writer = JSONWriter(capacity: 128)
        writer.beginObject()
        writer.member("paused", pause != nil)
        if let pause {
            writer.member("by", pause.by)
            writer.member("why", pause.why)
            writer.member("since", pause.since)
        }
        writer.endObject()
        return writer.bytes
    }
}
