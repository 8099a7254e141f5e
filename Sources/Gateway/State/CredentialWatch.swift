// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Glibc
import Logging
import Settings
import Synchronization
import Vocabulary

/// Looks now and then at the files of secrets, certificates and keys, so that one that was lost is told of before
/// the next connection needs it, and one that was replaced is seen to have been taken.
///
/// Passwords and tokens are kept as they last were (`SecretMemory`); certificates and keys are read by the
/// libraries with each connection, and those that stand go on.
final class CredentialWatch: Sendable {
    private static let pause = Interval.seconds(5)

    private struct Shown {
        var lookedAt: MonotonicInstant?
        var troubles: [String: String] = [:]
        var unread: Set<String> = []
    }

    private let logger: Logger
    private let shown = Mutex(Shown())

    init(logger: Logger) {
        self.logger = logger
    }

    /// What the status tells, a sentence each.
    var warnings: [String] {
        shown.withLock { $0.troubles }.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Looks at `files` when it is time to.
    func look(at files: Set<String>, now: MonotonicInstant) {
        let isDue = shown.withLock { shown in
            if let last = shown.lookedAt, now - last < Self.pause { return false }
            shown.lookedAt = now
            return true
        }
        guard isDue else { return }
        var troubles: [String: String] = [:]
        for file in files {
            switch SecretMemory.shared.look(at: file) {
            case .changed:
                logger.notice("a credential file has changed", metadata: ["file": "\(file)"])
            case .unusable(let reason):
                troubles[file] = "`\(file)`: \(reason); what it last held stays in force"
            case .same where access(file, R_OK) != 0:
                let reason = String(cString: strerror(errno))
                troubles[file] =
                    "`\(file)` cannot be read (\(reason)): the next connection will need it"
            case .same: break
            }
        }
        let former = shown.withLock { shown in
            defer { shown.troubles = troubles }
            return shown.troubles
        }
        for (file, trouble) in troubles where former[file] != trouble {
            logger.warning("a credential file cannot be read", metadata: ["trouble": "\(trouble)"])
        }
        for file in former.keys where troubles[file] == nil {
            logger.info("a credential file can be read again", metadata: ["file": "\(file)"])
        }
    }
}

extension Gateway {
    /// The files of secrets, certificates and keys in use, those of the policies in force included.
    var credentialFiles: Set<String> {
        var files = site.configuration.credentialFiles
        for bound in parts.board.edition.policies {
            for action in bound.policy.actions {
                guard case .webhook(let webhook) = action.target,
                    case .file(let path) = webhook.bearer?.place
                else { continue }
                files.insert(path)
            }
        }
        return files
    }
}
