// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Settings

/// The part of `model.yaml` that says how the runtime takes the model.
extension OnnxSpec {
    /// A file beside the model that holds some of its weights.
    struct ExternalFile {
        var name: String
        /// The pinned SHA-256 in lower-case hexadecimal.
        var digest: String
        var node: SettingsNode

        init(_ node: SettingsNode) {
            self.node = node
            name = node.name
            digest = node.read(.digest) ?? ""
        }
    }

    /// The size of a dimension that the model leaves open.
    struct Dimension {
        var name: String
        var size: Int
        var node: SettingsNode

        init(_ node: SettingsNode) {
            self.node = node
            name = node.name
            size = node.read(.integer(in: 1...(1 << 24))) ?? 1
        }
    }

    /// What this model wants other than `sluice.yaml` says for all.
    struct SessionOverrides {
        var threads: Int?
        var optimization: SessionSettings.Optimization?
        var provider: String?
        /// Where the provider stands; nil where this model does not name one.
        var providerNode: SettingsNode?

        init(_ node: SettingsNode?) {
            threads = node?.optionalInteger("threads", in: SessionSettings.threadRange)
            optimization = node?.optional("optimization", .choice())
            provider = node?.optional("provider", .name)
            providerNode = node?.node("provider")
        }

        /// `settings` with what this model wants.
        func over(_ settings: SessionSettings) -> SessionSettings {
            SessionSettings(
                threads: threads ?? settings.threads,
                optimization: optimization ?? settings.optimization,
                provider: provider ?? settings.provider
            )
        }
    }
}

extension SessionSettings {
    static let threadRange = 1...256

    /// Reads what `models:` of `sluice.yaml` says of all models.
    public init(_ node: SettingsNode) {
        self.init(
            threads: node.integer("threads", in: Self.threadRange, default: 1),
            optimization: node.value("optimization", .choice(), default: .all),
            provider: node.value("provider", .name, default: "cpu")
        )
    }
}
