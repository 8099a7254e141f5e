// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Decide
import Escalate
import Infer
import Settings
import Vocabulary

/// Joins policies with the models and endpoints of the configuration, and reports what does not fit.
struct PolicyBinder {
    let configuration: GatewayConfiguration
    let engine: CoreEngine?
    private(set) var diagnostics: [Diagnostic] = []

    init(configuration: GatewayConfiguration, engine: CoreEngine?) {
        self.configuration = configuration
        self.engine = engine
    }

    /// The policies bound; those that do not fit are left out, and `diagnostics` says why.
    mutating func bind(_ policies: [Policy]) -> [BoundPolicy] {
        policies.compactMap { policy in
            let models = bindModels(policy)
            let tensors = bindEndpoints(policy)
            let actions = bindActions(policy)
            guard let tensors, let actions, let models else { return nil }
            checkTimes(policy, models)
            checkSharing(policy, models)
            return BoundPolicy(
                policy: policy,
                hits: RuleTally(rules: policy.rules.count),
                models: models,
                paces: models.flatMap { [$0, $0.canary?.handle] }.compactMap { model in
                    model.flatMap { paced($0) }
                },
                skipsLate: policy.deadline != nil && policy.skipsLateFindings,
                endpoints: policy.endpoints.map {
                    GatewayConfiguration.CloudModel.name(endpoint: $0, policy: policy.name)
                },
                outboundTensors: tensors,
                actions: actions
            )
        }
    }

    /// Reports a deadline that the models cannot keep on this machine.
    private mutating func checkTimes(_ policy: Policy, _ models: [ModelHandle]) {
        guard let deadline = policy.deadline else { return }
        for model in models {
            guard let estimate = engine?.models[model.reference]?.estimate, estimate > deadline
            else { continue }
            let taken = "\(Int(estimate.milliseconds.rounded(.up))) ms"
            diagnostics.append(
                Diagnostic(
                    .warning,
                    "the model `\(model.reference)` takes \(taken) a reading on this machine, longer "
                        + "than the policy's deadline: "
                        + (policy.skipsLateFindings
                            ? "all its readings are skipped" : "all its findings are late"),
                    hint: "give readings more time, or use a smaller model",
                    file: "\(configuration.policiesPath)/\(policy.name)/policy.yaml"
                )
            )
        }
    }

    /// Reports a shared subscription that would scatter over gateways what must be seen by one.
    private mutating func checkSharing(_ policy: Policy, _ models: [ModelHandle]) {
        let filters = configuration.inputs.flatMap(\.filters)
        guard let filter = SharedGroup.filter(of: filters, reaching: policy) else { return }
        let canaries = models.flatMap { [$0.canary?.handle, $0.shadow?.handle].compactMap(\.self) }
        let holding = policy.actions.first { $0.hold != nil }
        let memory = SharedGroup.memory(of: models + canaries)
        let what = memory ?? holding.map { "action `\($0.name)` counts each device's readings" }
        guard let what else { return }
        diagnostics.append(
            Diagnostic(
                memory == nil ? .warning : .error,
                "the shared subscription `\(filter)` scatters a device's readings over gateways, and "
                    + what,
                hint: "divide the topics between the gateways instead",
                file: "\(configuration.policiesPath)/\(policy.name)/policy.yaml"
            )
        )
    }

    private func paced(_ model: ModelHandle) -> BoundPolicy.Paced? {
        guard let pace = model.pace else { return nil }
        return .init(model: model.reference, maximumBatch: model.maximumBatch, pace: pace)
    }

    /// The models of all stages; nil when one of them cannot be had.
    private mutating func bindModels(_ policy: Policy) -> [ModelHandle]? {
        let models = policy.stages.map { bindModel($0.model, policy) }
        let handles = models.compactMap(\.self)
        return handles.count == models.count ? handles : nil
    }

    private mutating func bindModel(_ name: String, _ policy: Policy) -> ModelHandle? {
        do throws(Diagnostic) {
            let fields = policy.reading.fields
            // Broken models were reported.
            guard let engine else { return nil }
            guard let bound = try engine.bind(named: name, fields: fields, owner: policy.name)
            else { throw unloaded(name, policy) }
            diagnostics += bound.warnings
            return bound.handle
        } catch {
            diagnostics.append(error)
            return nil
        }
    }

    /// The policy's own check knows the model, or the policy would not be bound.
    private func unloaded(_ name: String, _ policy: Policy) -> Diagnostic {
        Diagnostic(
            .error,
            "the model `\(name)` is there and not loaded: it or the policy was being written",
            hint: "reload once more when nothing is being written",
            file: "\(configuration.policiesPath)/\(policy.name)/policy.yaml"
        )
    }

    /// The tensors of the policy's endpoints: all of them must take the same, and nothing but what the
    /// policy's allow-list names may go into them (guarantee G8).
    private mutating func bindEndpoints(_ policy: Policy) -> [BoundPolicy.OutboundTensor]? {
        let models = policy.endpoints.compactMap { name -> GatewayConfiguration.CloudModel? in
            guard let endpoint = configuration.endpoints[name] else { return nil }
            if let model = endpoint.models[policy.name] { return model }
            report(
                "endpoint `\(name)` has no model for policy `\(policy.name)`",
                hint: "add `\(policy.name): { model: …, inputs: … }` to its `models`",
                at: endpoint.models.values.map(\.place).min { $0.line < $1.line }
                    ?? SettingsPlace(line: 1, column: 1)
            )
            return nil
        }
        guard models.count == policy.endpoints.count else { return nil }
        guard let first = models.first else { return [] }
        var bound: [BoundPolicy.OutboundTensor]? = []
        for tensor in first.inputs {
            guard let pipeline = pipeline(tensor, policy) else {
                bound = nil
                continue
            }
            bound?.append(.init(name: tensor.name, pipeline: pipeline))
        }
        for other in models.dropFirst() where Self.form(other) != Self.form(first) {
            report(
                "`\(other.options.name)` takes other inputs than `\(first.options.name)`, "
                    + "which is asked first",
                hint: "endpoints that one policy names must take the same inputs",
                at: other.place
            )
            bound = nil
        }
        return bound
    }

    private mutating func pipeline(
        _ tensor: GatewayConfiguration.Tensor,
        _ policy: Policy
    ) -> OutboundPipeline? {
        let pipeline: OutboundPipeline
        do throws(FeatureError) {
            pipeline = try OutboundPipeline(
                tensor.source,
                fields: policy.reading.fields,
                owner: policy.name
            )
        } catch {
            let isNamed = error.message.contains("policy `\(policy.name)`")
            report(
                isNamed ? error.message : "\(error.message), in policy `\(policy.name)`",
                hint: error.hint,
                at: tensor.place
            )
            return nil
        }
        let secret = pipeline.fieldsUsed.subtracting(policy.privacy.send).sorted()
        guard let field = secret.first else { return pipeline }
        report(
            "tensor `\(tensor.name)` is made of `\(field)`, which policy `\(policy.name)` does "
                + "not let out",
            hint: "add it to the policy's `privacy: { send: […] }`, or leave it out here",
            at: tensor.place
        )
        return nil
    }

    private mutating func bindActions(_ policy: Policy) -> [BoundPolicy.Action]? {
        var actions: [BoundPolicy.Action]? = []
        for action in policy.actions {
            let target: BoundPolicy.Target
            switch action.target {
            case .publish(let topic, let qualityOfService, let retain):
                do throws(TopicError) {
                    target = .publish(
                        topic: try TopicTemplate(topic),
                        qualityOfService: qualityOfService,
                        retain: retain
                    )
                } catch {
                    report(action, policy, error.message)
                    actions = nil
                    continue
                }
            case .webhook(let webhook):
                target = .webhook(
                    Webhook(
                        url: webhook.url,
                        headers: webhook.headers.map { .init(name: $0.name, value: $0.value) },
                        credential: webhook.bearer.map { _ in "\(policy.name)/\(action.name)" },
                        timeout: webhook.timeout
                    )
                )
            case .log: target = .log
            }
            do throws(BodyTemplate.Malformed) {
                let body = try action.payload.map { payload throws(BodyTemplate.Malformed) in
                    BoundPolicy.Body(
                        template: try BodyTemplate(payload.source),
                        names: payload.names
                    )
                }
                actions?.append(.init(target: target, body: body))
            } catch {
                report(action, policy, error.message)
                actions = nil
            }
        }
        return actions
    }

    private mutating func report(_ action: ActionSpec, _ policy: Policy, _ message: String) {
        diagnostics.append(
            Diagnostic(
                .error,
                "action `\(action.name)`: \(message)",
                file: "\(configuration.policiesPath)/\(policy.name)/policy.yaml"
            )
        )
    }

    private mutating func report(_ message: String, hint: String?, at place: SettingsPlace) {
        diagnostics.append(
            Diagnostic(
                .error,
                message,
                hint: hint,
                file: configuration.file,
                line: place.line,
                column: place.column,
                length: place.length
            )
        )
    }

    /// What makes the inputs of two endpoints the same.
    private static func form(_ endpoint: GatewayConfiguration.CloudModel) -> [[String]] {
        endpoint.inputs.map { input in
            switch input.source {
            case .features(let features): [input.name] + features
            case .frame(let frame): [input.name, frame.text]
            }
        }
    }
}
