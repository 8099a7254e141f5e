// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Admin
import ArgumentParser
import FoundationEssentials
import Gateway
import Glibc
import Spool
import Telemetry

extension SpoolCommand {
    /// The verb `sluice spool backup`.
    struct Backup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "backup",
            abstract: "Copy the spool to a new file, while the gateway runs or when it does not.",
            discussion: """
                The copy is one SQLite file that only its owner may read. It has every row, dead \
                letter and setting, the site key among them. What is sealed stays sealed: the master \
                key, where one is configured, is not in it and is needed to read it back. With \
                `--with-keys` every configured key is written beside it, into a file that can be \
                named in `encryption`; keep that somewhere else.
                """
        )

        @OptionGroup var file: ConfigurationOption

        @Argument(help: "The new file.")
        var path: String

        @Flag(help: "Write the keys, too, each to FILE.key-ID.")
        var withKeys = false

        func run() async throws {
            let control = try Control(file)
            let absolute =
                path.hasPrefix("/")
                ? path : FileManager.default.currentDirectoryPath + "/" + path
            let running = try await control.sendIfRunning(
                "POST",
                "/v1/spool/backup",
                query: [("path", absolute)],
                timeout: 24 * 3_600
            )
            let bytes: Int
            if let running {
                bytes = Int(try JSONText.number("bytes", in: running))
            } else {
                bytes = try await OfflineSpool(control).read { try await $0.backUp(to: absolute) }
            }
            print("\(bytes) bytes in \(path)")
            guard withKeys else { return }
            let keys = try control.configuration.spool.keys
            for key in keys { try write(key) }
            if keys.isEmpty { print("the spool is not sealed: there are no keys") }
        }

        /// Writes a key where nothing is yet, for its owner only.
        private func write(_ key: MasterKey) throws {
            let name = "\(path).key-\(key.fingerprint)"
            let file = Glibc.open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard file >= 0 else {
                let reason = String(cString: strerror(errno))
                Console.complain("sluice: cannot write `\(name)`: \(reason)")
                throw ExitCode.failure
            }
            defer { Glibc.close(file) }
            let text = Array((key.base64 + "\n").utf8)
            let isStored = text.withUnsafeBytes {
                Glibc.write(file, $0.baseAddress, $0.count) == $0.count && fsync(file) == 0
            }
            guard isStored else {
                Console.complain("sluice: cannot write `\(name)`")
                throw ExitCode.failure
            }
            print("a key in \(name): keep it apart from the backup")
        }
    }

    /// The verb `sluice spool restore`.
    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "restore",
            abstract: "Put a backup in the place of the spool of a gateway that does not run.",
            discussion: """
                The former spool is put aside under another name, not deleted. Rows that left after \
                the backup was made are sent again, under the same keys.
                """
        )

        @OptionGroup var file: ConfigurationOption

        @Argument(help: "The backup.")
        var path: String

        @Flag(help: "Even where the present spool is newer than the backup, or of another site.")
        var force = false

        func run() async throws {
            let control = try Control(file)
            if try await control.sendIfRunning("GET", "/v1/spool/stats") != nil {
                Console.complain("sluice: the gateway is running; stop it first")
                throw Console.unavailable
            }
            let restore = SpoolRestore(
                path: try control.configuration.spoolPath,
                now: SystemTime().wallTime
            )
            do throws(SpoolError) {
                let outcome = try restore.run(from: path, force: force)
                print("\(outcome.rows) rows restored")
                if let aside = outcome.keptAside { print("the former spool is \(aside)") }
                let keys = outcome.keys.map { "`\($0)`" }.joined(separator: ", ")
                if !keys.isEmpty { print("it is sealed: `encryption` must name the key \(keys)") }
            } catch {
                Console.complain("sluice: \(error)")
                throw ExitCode.failure
            }
        }
    }
}
