// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway
import Hummingbird

/// What shows and changes the versions of models.
extension ControlRoutes {
    private static var parameters: [Operation.Parameter] {
        [
            .init("model", .text(most: 512), "The model's name.", isRequired: true),
            .init("version", .integer(1...Int64(Int32.max)), "The version; else the usual one."),
        ]
    }

    var models: [Operation] {
        let gateway = gateway
        return [
            .get("/v1/models", "The models and their versions.", answer: .json("Models")) { _ in
                Self.reply(try ModelReport.json(gateway.modelReports(disk: true)))
            },
            .post(
                "/v1/models/promote",
                "Has a version speak for every device.",
                Self.parameters,
                answer: .json("ModelChange")
            ) { call in
                let version = call.integer("version").map { Int($0) }
                let change = gateway.promote(model: call.text("model") ?? "", to: version)
                return Self.reply(try change.json())
            },
            .post(
                "/v1/models/rollback",
                "Goes back to the version before.",
                Self.parameters,
                answer: .json("ModelChange")
            ) { call in
                let version = call.integer("version").map { Int($0) }
                let change = gateway.rollBack(model: call.text("model") ?? "", to: version)
                return Self.reply(try change.json())
            },
            .post(
                "/v1/models/reset",
                "Takes back what was chosen at run time: `sluice.yaml` alone holds again.",
                [Self.parameters[0]],
                answer: .json("ModelChange")
            ) { call in
                let change = gateway.resetChoices(ofModel: call.text("model") ?? "")
                return Self.reply(try change.json())
            },
        ]
    }
}
