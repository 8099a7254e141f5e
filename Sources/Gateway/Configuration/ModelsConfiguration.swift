// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Infer
public import Settings
import Vocabulary

/// What `models:` says beside where they are: whom they are taken from, and which version does what.
public struct ModelsConfiguration: Sendable {
    /// What is said of one model.
    public struct Use: Sendable {
        /// Which version does what.
        public var versions: ModelUse
        /// What a canary must not do.
        public var limits: CanaryLimits
        /// Where it stands in the file, for diagnostics.
        public var place: SettingsPlace
    }

    /// Whom models are taken from.
    public var trust: ModelTrust
    /// What is said of models by their names; the others run in their latest version.
    public var uses: [String: Use]

    /// What nobody says anything about.
    public init() {
        trust = ModelTrust()
        uses = [:]
    }
}

extension ModelsConfiguration {
    /// Reads `models:`; every problem is reported to its file.
    init(_ node: SettingsNode?) {
        self.init()
        guard let node else { return }
        trust = Self.trust(node)
        for use in node.named("use") where use.expectMapping() {
            uses[use.name] = Use(use)
        }
    }

    private static func trust(_ node: SettingsNode) -> ModelTrust {
        var trust = ModelTrust()
        for (path, place) in node.paths("keys") {
            do throws(KeyFileError) {
                trust.keys.append(try VerifyingKey(path: path))
            } catch {
                place.problem(
                    "`\(path)`: \(error.message)",
                    hint: "it is the public half of an Ed25519 key; `sluice models keygen` makes "
                        + "both"
                )
            }
        }
        if let secret = node.secret("key") {
            do throws(SealingKey.Malformed) {
                trust.sealing = try SealingKey(secret)
            } catch {
                (node.node("key_file") ?? node.node("key_env"))?.problem(error.message)
            }
        }
        trust.isRequired = node.flag("require_signature", default: false)
        if trust.isRequired, !node.has("keys") {
            node.node("require_signature")?.problem(
                "signatures are required and nobody is trusted to sign",
                hint: "name the public keys: `keys: [release.pub]`"
            )
        }
        return trust
    }
}

extension ModelsConfiguration.Use {
    private static let least = Interval.microseconds(1)
    private static let most = Interval.seconds(366 * 86_400)

    init(_ node: SettingsNode) {
        place = node.place
        versions = ModelUse()
        limits = CanaryLimits()
        versions.version = node.value("version", .modelVersion, default: .latest)
        versions.shadow = node.optional("shadow", .modelVersion)
        guard let canary = node.optionalMapping("canary") else { return }
        let version = canary.required("version", .modelVersion) ?? .latest
        let share = canary.required("share", .fraction) ?? 0
        versions.canary = ModelUse.Canary(version: version, share: share)
        limits = CanaryLimits(
            agreement: canary.optional("agreement", .fraction),
            failures: canary.optional("failures", .fraction),
            latency: canary.optionalDuration("latency", in: Self.least...Interval.seconds(3_600)),
            certainty: canary.value("certainty", .fraction, default: 0.95),
            atLeast: canary.integer("at_least", in: 1...1_000_000_000, default: 100),
            promoteAfter: canary.optionalDuration("promote_after", in: .zero...Self.most)
        )
        versions.canary?.latency = limits.latency
        check(canary)
    }

    /// Reports what cannot be meant of a canary.
    private func check(_ canary: SettingsNode) {
        let version = versions.canary?.version
        if version == .latest, versions.version == .latest {
            canary.node("version")?.problem(
                "the latest version cannot be the canary and speak for everybody",
                hint: "pin the version that speaks: `version: 3`"
            )
        } else if version == versions.version {
            canary.node("version")?.problem(
                "version \(versions.version) is its own canary",
                hint: "name another version"
            )
        }
        if let shadow = versions.shadow, shadow != .latest, shadow == version {
            canary.node("version")?.problem(
                "version \(shadow) is canary and shadow",
                hint: "a canary is measured, too: leave `shadow` out"
            )
        }
        if limits.promoteAfter != nil, limits.isEmpty {
            canary.node("promote_after")?.problem(
                "a canary without limits has nothing to show before it is promoted",
                hint: "say `agreement`, `failures` or `latency`"
            )
        }
        if !(0.5...0.999_999).contains(limits.certainty) {
            canary.node("certainty")?.problem(
                "`certainty` must be at least 50% and below 100%",
                hint: "95% is the usual"
            )
        }
        if versions.canary?.share == 0 {
            canary.node("share")?.problem(
                "a canary with a share of 0 speaks for nobody",
                hint: "say `shadow` for a version that only runs beside",
                severity: .warning
            )
        }
    }
}

extension Shape where Value == ModelUse.Version {
    /// `latest`, or the number of a version's folder.
    static var modelVersion: Shape {
        .parsed("`latest` or the number of a version") { text in
            if text == "latest" { return .latest }
            guard let number = Int32(text), number > 0, String(number) == text else {
                throw ShapeMismatch()
            }
            return .number(Int(number))
        }
    }
}
