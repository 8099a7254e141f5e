// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway
import Hummingbird
import Vocabulary

/// What machines ask: does it live, is it ready, what does it measure.
extension ControlRoutes {
    var health: [Operation] {
        let (gateway, cache) = (gateway, cache)
        var alive = Operation.get(
            "/healthz",
            "Whether the process answers.",
            answer: .json("Health")
        ) { _ in
            Self.reply(Array("{\"alive\":true}".utf8))
        }
        alive.isOpen = true
        var ready = Operation.get(
            "/readyz",
            "Whether messages are taken and what must be kept can be kept; 503 when not, and why.",
            answer: .json("Readiness"),
            refusals: [503: "It is not ready."]
        ) { call in
            Self.readiness(gateway.state, isAdmitted: call.isAdmitted)
        }
        ready.isOpen = true
        let metrics = Operation.get(
            "/metrics",
            "What is measured, as Prometheus text; as OpenMetrics, with decisions' ids as exemplars, where "
                + "that is asked for.",
            answer: .text("text/plain; version=0.0.4; charset=utf-8")
        ) { call in
            let isOpen = (call.request.headers[.accept] ?? "").contains(
                "application/openmetrics-text"
            )
            let text = try await cache.metrics(isOpenMetrics: isOpen).bytes
            return Response(
                status: .ok,
                headers: [
                    .contentType: isOpen
                        ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                        : "text/plain; version=0.0.4; charset=utf-8"
                ],
                body: ResponseBody(byteBuffer: text)
            )
        }
        return [alive, ready, metrics]
    }

    /// Why it is not ready is told to those who are let in; whether it is, to everyone.
    private static func readiness(_ report: GatewayStateReport, isAdmitted: Bool) -> Response {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.member("ready", report.state.isReady)
        writer.member("state", report.state.rawValue)
        if isAdmitted {
            writer.member("since", report.since)
            for (name, texts) in [("causes", report.causes), ("costs", report.costs)] {
                writer.key(name)
                writer.beginArray()
                for text in texts { writer.value(text) }
                writer.endArray()
            }
            writer.member("remedy", report.remedy)
        }
        if !report.state.isReady {
            writer.key("error")
            writer.beginObject()
            writer.member("message", "the gateway is \(report.state.rawValue)")
            writer.endObject()
        }
        writer.endObject()
        var response = reply(writer.bytes)
        response.status = report.state.isReady ? .ok : .serviceUnavailable
        return response
    }
}
