// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Decide
import FoundationEssentials
import Glibc
import Settings
import Survey

/// The verb `sluice init`.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Draft a configuration, policies and their tests from what a broker carries.",
        discussion: """
            Listens as `sluice discover` does, or reads what that wrote with --json, and writes \
            sluice.yaml, a policy for each pattern of JSON messages or of plain numbers, its tests, \
            and the detector that needs nothing trained. What it writes passes `sluice check` and `sluice test` as \
            it is. A file that exists is never written over: then nothing is written at all.
            """
    )

    @Argument(help: "Where the files go.")
    var folder = "."

    @OptionGroup var file: ConfigurationOption
    @OptionGroup var address: BrokerAddress
    @OptionGroup var listening: Listening

    @Option(
        help: ArgumentHelp("Read what discover --json wrote; do not listen.", valueName: "file"),
        completion: .file()
    )
    var from: String?

    @Option(help: ArgumentHelp("The site's name.", valueName: "name"))
    var site = "site"

    func validate() throws {
        let isName = site.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte) || byte == 0x2D || byte == 0x5F
        }
        guard isName, !site.isEmpty, site.utf8.count <= 64 else {
            throw ValidationError("--site wants letters, digits, - and _.")
        }
    }

    func run() async throws {
        let report = try heard()
        let draft = SiteDraft(
            report,
            broker: address.draft(file.path),
            site: site,
            reserved: PolicySet.reservedNames
        )
        for remark in draft.remarks { Console.complain("sluice: " + Plain.text(remark)) }
        guard !draft.files.isEmpty else {
            Console.complain(
                "sluice: nothing was heard that a policy can be made of; listen longer (`--for 5m`), "
                    + "or name other `--topics`"
            )
            throw ExitCode.failure
        }
        let paths: [String] = draft.files.map { "\(folder)/\($0.path)" }
        let taken = paths.filter { path in access(path, F_OK) == 0 }
        guard taken.isEmpty else {
            for path in taken { Console.complain("sluice: \(path) exists already") }
            Console.complain("sluice: nothing was written; name another folder")
            throw ExitCode.failure
        }
        for file in draft.files { try write(file) }
        let config = folder == "." ? "" : " -c \(folder)/sluice.yaml"
        print("Next: sluice check\(config), sluice doctor\(config), sluice run\(config)")
    }

    private func heard() throws -> SurveyReport {
        guard let from else { return try listening.report(try address.options(file.path)) }
        do {
            let bytes = try BoundedFile.read(path: from, limit: 256 << 20)
            return try JSONDecoder().decode(SurveyReport.self, from: Data(bytes))
        } catch let error as BoundedFile.Failure {
            Console.complain("\(from): error: \(error.message)")
        } catch {
            Console.complain("\(from): error: this is not what `sluice discover --json` writes")
        }
        throw ExitStatus.badData.code
    }

    /// What the system said; Foundation says it at length.
    private static func number(of error: any Error) -> Int32 {
        guard let error = error as? CocoaError else { return EIO }
        if let cause = error.underlying as? POSIXError { return cause.code.rawValue }
        return error.code == .fileWriteFileExists ? EEXIST : EIO
    }

    private func write(_ file: SiteDraft.File) throws {
        let path = "\(folder)/\(file.path)"
        let holder = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
        do {
            try FileManager.default.createDirectory(
                atPath: holder,
                withIntermediateDirectories: true
            )
            // Whoever made one in the meantime keeps it.
            try Data(file.text.utf8).write(to: URL(filePath: path), options: .withoutOverwriting)
        } catch {
            let reason = String(cString: strerror(Self.number(of: error)))
            Console.complain("\(path): error: it cannot be written: \(reason)")
            throw ExitCode.failure
        }
        print("wrote \(path)")
    }
}
