// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// Which version of a model does what, and how policies get at them.
extension CoreEngine {
    /// The versions of one model that are loaded, by what they do.
    public struct Roles: Equatable, Sendable {
        /// A version that speaks for a part of the devices.
        public struct Canary: Equatable, Sendable {
            /// Which one.
            public var reference: ModelReference
            /// The part of the devices, 0…1.
            public var share: Double
            /// How long a run may take before it is counted as slow; nil where nothing is said.
            public var latency: Interval?
        }

        /// The version that speaks.
        public var active: ModelReference
        /// The version that speaks for some devices instead.
        public var canary: Canary?
        /// The version that runs beside.
        public var shadow: ModelReference?

        init(
            active: ModelReference,
            canary: Canary? = nil,
            shadow: ModelReference? = nil
        ) {
            self.active = active
            self.canary = canary
            self.shadow = shadow
        }
    }

    /// Joins the model that a policy calls `text`, with its canary and its shadow, with the policy's
    /// readings; nil where there is none.
    ///
    /// A canary or a shadow that does not fit is left out, with a warning. A policy that pins a version,
    /// `name/version`, has neither.
    public func bind(
        named text: String,
        fields: [ReadingSpec.Field],
        owner: String
    ) throws(Diagnostic) -> (handle: ModelHandle, warnings: [Diagnostic])? {
        guard let reference = resolve(text) else { return nil }
        var handle = try bind(reference, fields: fields, owner: owner)
        var warnings: [Diagnostic] = []
        guard text == reference.name, let roles = roles[reference.name] else {
            return (handle, [])
        }
        if let canary = roles.canary {
            handle.canary = bindBeside(canary.reference, handle, fields, &warnings).map {
                var other = $0
                other.slowAfter = canary.latency
                return ModelCompanion(other, share: canary.share)
            }
        }
        if let shadow = roles.shadow {
            handle.shadow = bindBeside(shadow, handle, fields, &warnings).map {
                ModelCompanion($0)
            }
        }
        return (handle, warnings)
    }

    private func bindBeside(
        _ reference: ModelReference,
        _ active: ModelHandle,
        _ fields: [ReadingSpec.Field],
        _ warnings: inout [Diagnostic]
    ) -> ModelHandle? {
        guard let one = models[active.reference], let other = models[reference] else { return nil }
        guard one.kind == other.kind, one.labels == other.labels else {
            warnings.append(
                Diagnostic(
                    .warning,
                    "`\(reference)` gives other labels than `\(active.reference)`, which speaks; "
                        + "it is left out",
                    hint: "another set of labels is another model: give it another name",
                    file: "\(reference)/model.yaml"
                )
            )
            return nil
        }
        do throws(Diagnostic) {
            var handle = try bind(reference, fields: fields, owner: active.owner)
            handle.isBeside = true
            return handle
        } catch {
            var warning = error
            warning.severity = .warning
            warnings.append(warning)
            return nil
        }
    }
}
