// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Gateway
import Hummingbird
import Vocabulary

/// What shows decisions and the policies behind them.
extension ControlRoutes {
    var decisions: [Operation] {
        let (gateway, stream, archive) = (gateway, stream, archive)
        return [
            .get(
                "/v1/decisions/stream",
                "Decisions as they happen, as server-sent events: `decision` with a line of the decision "
                    + "log, `lost` with how many were missed.",
                [
                    .init("policy", .text(most: 512), "Of this policy."),
                    .init("route", .words(Route.allCases.map(\.rawValue)), "On this route."),
                    .init("device", .text(most: 512), "About this device."),
                ],
                answer: .events
            ) { call in
                try stream.answer(call)
            },
            .get(
                "/v1/decisions/{id}",
                "Why a decision was made: every rule tried, what was known, what came after.",
                [Self.decision],
                answer: .json("Story"),
                refusals: [404: "Neither the log nor what is being looked at has it."]
            ) { call in
                Self.reply(try await archive.story(of: (call.text("id") ?? "").lowercased()))
            },
            .get(
                "/v1/policies",
                "The policies in force, and how often each rule has held.",
                answer: .json("Plans")
            ) { _ in
                let encoder = JSONEncoder()
                encoder.keyEncodingStrategy = .convertToSnakeCase
                encoder.outputFormatting = [.sortedKeys]
                return Self.reply(try encoder.encode(["policies": gateway.plans]))
            },
            .get(
                "/v1/policies/{name}/plot",
                "Accuracy against escalation, as the last `sluice tune --plot` drew it into the policy's "
                    + "folder as tune.svg.",
                [Self.policy],
                answer: .text("image/svg+xml"),
                refusals: [404: "There is no such policy, or no plot in its folder."]
            ) { call in
                let name = call.text("name") ?? ""
                guard let svg = gateway.policyFile(PolicyPlan.plot, of: name, limit: 1 << 20) else {
                    throw HTTPError(
                        .notFound,
                        message: "there is no plot; `sluice tune --plot` draws one: write it to "
                            + "\(PolicyPlan.plot) in the policy's folder"
                    )
                }
                return Response(
                    status: .ok,
                    headers: [.contentType: "image/svg+xml"],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: svg))
                )
            },
        ]
    }

    private static var decision: Operation.Parameter {
        var parameter = Operation.Parameter(
            "id",
            .digits(32),
            "The decision's id.",
            isRequired: true
        )
        parameter.isInPath = true
        return parameter
    }

    private static var policy: Operation.Parameter {
        var parameter = Operation.Parameter(
            "name",
            .text(most: 512),
            "The policy's name.",
            isRequired: true
        )
        parameter.isInPath = true
        return parameter
    }
}
