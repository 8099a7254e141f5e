// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Gateway
import Hummingbird
import Logging

extension ControlRoutes {
    /// What shows and changes the versions of models.
    func addModels(to router: Router<BasicRequestContext>) {
        let (gateway, logger) = (gateway, logger)
        router.get("/v1/models") { _, _ in
            Self.reply(try ModelReport.json(gateway.modelReports(disk: true)))
        }
        router.post("/v1/models/promote") { request, _ in
            let (model, version) = try Self.version(request.uri.queryParameters)
            logger.notice(
                "a promotion asked for through the control socket",
                metadata: ["model": "\(model)"]
            )
            return try Self.reply(gateway.promote(model: model, to: version))
        }
        router.post("/v1/models/rollback") { request, _ in
            let (model, version) = try Self.version(request.uri.queryParameters)
            logger.notice(
                "a rollback asked for through the control socket",
                metadata: ["model": "\(model)"]
            )
            return try Self.reply(gateway.rollBack(model: model, to: version))
        }
        router.post("/v1/models/reset") { request, _ in
            let (model, _) = try Self.version(request.uri.queryParameters)
            logger.notice(
                "a model's choices are taken back through the control socket",
                metadata: ["model": "\(model)"]
            )
            return try Self.reply(gateway.resetChoices(ofModel: model))
        }
    }

    private static func reply(_ change: ModelChange) throws -> Response {
        reply(try change.json())
    }

    private static func version(_ query: Parameters) throws -> (model: String, version: Int?) {
        guard let model = query["model"].map(String.init), !model.isEmpty else {
            throw HTTPError(.badRequest, message: "`model` is a model's name")
        }
        guard let text = query["version"] else { return (model, nil) }
        guard let version = Int32(text), version > 0 else {
            throw HTTPError(.badRequest, message: "`version` is a number from 1")
        }
        return (model, Int(version))
    }
}
