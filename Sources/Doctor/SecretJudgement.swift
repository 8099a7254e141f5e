// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Settings

/// What follows from where a secret is and who can read it; never shows any of it.
struct SecretJudgement {
    let key: String
    let secret: SecretReference
    /// Who runs sluice, where that is another user and who asks may not read the secret.
    var owner: String?

    /// Whether this process may not read the secret, whatever is there.
    static func isDenied(_ secret: SecretReference) -> Bool {
        guard case .file(let path) = secret.place else { return false }
        return access(path, R_OK) != 0 && errno == EACCES
    }

    var item: Checkup.Item {
        let subject: String
        switch secret.place {
        case .file(let path): subject = "secret: \(path)"
        case .environment(let name): subject = "secret: $\(name)"
        }
        do throws(SecretReference.Unreadable) {
            let text = try secret.read()
            guard !text.isEmpty else {
                return Checkup.Item(subject, .fail, "it is empty", remedy: "put the secret there")
            }
        } catch {
            if let owner {
                return Checkup.Item(
                    subject,
                    .unseen,
                    "you cannot see it: \(error.message)",
                    remedy: "ask as the user that runs sluice: `sudo -u \(owner) sluice doctor`"
                )
            }
            return Checkup.Item(
                subject,
                .fail,
                error.message,
                remedy: "`\(key)` names it: let the user that runs sluice, and nobody else, read it"
            )
        }
        if let warning = secret.warning {
            return Checkup.Item(
                subject,
                .warn,
                warning,
                remedy: "allow only its owner: `chmod 600`"
            )
        }
        return Checkup.Item(subject, .ok, "it can be read, by nobody else")
    }
}
