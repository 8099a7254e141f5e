// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Decide
import FoundationEssentials
import Gateway
import Logging
import Settings
import Vocabulary

/// The policy whose threshold is tuned, with the model it is for.
struct TuneSubject {
    /// The policy.
    var policy: Policy
    /// Where the models are; nil without any.
    var modelsPath: String?

    /// Reads `policy` of the site whose configuration is at `path`.
    ///
    /// Nil when no policy is named and none is needed. Prints every problem and exits with 78 when
    /// the site cannot be read.
    static func read(
        configuration path: String,
        policy name: String?,
        isNeeded: Bool
    ) throws -> TuneSubject? {
        guard let name else {
            guard !isNeeded else {
                Console.complain("error: --policy is missing: whose threshold is it?")
                throw Console.configurationError
            }
            return nil
        }
        guard isNeeded || FileManager.default.fileExists(atPath: path) else { return nil }
        let findings = CheckedSite.check(configuration: path, logger: Logger(label: "sluice"))
        guard let site = findings.site else {
            Console.print(findings, verdict: "Nothing was tuned.")
            throw Console.configurationError
        }
        do {
            let rehearsal = try Rehearsal(site: site, policy: name)
            return TuneSubject(
                policy: rehearsal.policy,
                modelsPath: site.configuration.modelsPath
            )
        } catch {
            Console.complain("error: \(error)")
            throw Console.configurationError
        }
    }

    /// The model whose confidence the threshold is for: of a cascade, the last stage's.
    func home(
        traced: (reference: ModelReference, digest: String)?
    ) -> (folder: String, digest: String)? {
        if let traced { return home(of: traced.reference, digest: traced.digest) }
        guard let modelsPath, let name = policy.model,
            let digest = policy.modelDigest?.split(separator: "+").last
        else { return nil }
        let folder = "\(modelsPath)/\(name)"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for version in versions.sorted() {
            let reference = ModelReference(name: name, version: version)
            if let home = home(of: reference, digest: String(digest)) { return home }
        }
        return nil
    }

    /// The folder of the model `reference`, and the full digest of the file in it that `digest` begins:
    /// the model's, or a detector's `model.yaml`.
    func home(of reference: ModelReference, digest: String) -> (folder: String, digest: String)? {
        guard let modelsPath else { return nil }
        let folder = "\(modelsPath)/\(reference.name)/\(reference.version)"
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for file in files.sorted() where !file.hasSuffix(".yaml") || file == "model.yaml" {
            guard let bytes = try? BoundedFile.read(path: "\(folder)/\(file)", limit: 4 << 30)
            else { continue }
            let full = TuneOutput.digest(of: bytes)
            if full.hasPrefix(digest) { return (folder, full) }
        }
        return nil
    }
}
