// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CProcess
import Glibc
import Synchronization
import Vocabulary

/// The program that tries a model before this process does: it crashes or hangs in its place.
public struct TrialProgram: Sendable {
    /// The program's file.
    public var path: String
    /// The arguments that make it try a model, before those that say which.
    public var arguments: [String]

    /// The program that tries models wherever nobody names one; nil until the command says which.
    ///
    /// A test's process has none: it would be asked to be a gateway.
    public static var standing: TrialProgram? {
        get { shared.withLock { $0 } }
        set { shared.withLock { $0 = newValue } }
    }

    private static let shared = Mutex<TrialProgram?>(nil)

    /// Makes a program; `arguments` begin with its name.
    public init(path: String, arguments: [String]) {
        self.path = path
        self.arguments = arguments
    }
}

/// The first run of a model, in a process of its own.
///
/// The child gets the bytes that were checked, as open files, and nothing else of this process. What
/// it says does not matter, only that it ends by itself: whatever the runtime refuses it refuses here
/// too, with the same words. Blocks for as long as the child takes, at most a minute and a half.
struct TrialProcess {
    /// How a trial ended.
    enum Ending: Equatable {
        /// The child ended by itself, now or before.
        case passed
        /// The child did not survive the model; in words that follow the model's name.
        case failed(String)
        /// There was no child.
        case impossible(String)
    }

    let program: TrialProgram
    let runtimeLibrary: String?
    let session: SessionSettings
    let dimensions: [(name: String, size: Int)]
    let model: [UInt8]
    let external: [(name: String, bytes: [UInt8])]
    /// What the trial is remembered by.
    let key: String

    /// How long a child lives.
    private static let seconds = 90

    /// Tries the model and waits for it, unless it has passed before.
    func run() -> Ending { begin().ending() }

    /// Begins the trial, unless it has passed before; does not wait.
    func begin() -> BegunTrial {
        guard !TrialMemory.holds(key) else { return BegunTrial(.passed) }
        var files: [Int32] = []
        defer { for file in files { close(file) } }
        for bytes in [model] + external.map(\.bytes) {
            var file: Int32 = -1
            let error = bytes.withUnsafeBytes {
                sluice_process_memory_file($0.baseAddress, $0.count, &file)
            }
            guard error == 0 else {
                return BegunTrial(Self.failure("be given the model", error))
            }
            files.append(file)
        }
        var child = pid_t()
        let arguments = (program.arguments + self.arguments).map { strdup($0) }
        defer { for argument in arguments { free(argument) } }
        let error = sluice_process_spawn(
            program.path,
            arguments + [nil],
            files,
            files.count,
            &child
        )
        guard error == 0 else { return BegunTrial(Self.failure("be begun", error)) }
        return BegunTrial(child: child, key: key)
    }

    fileprivate static func failure(_ what: String, _ error: Int32) -> Ending {
        .impossible(
            "is tried in this process: no other one could \(what): "
                + String(cString: strerror(error))
        )
    }

    private var arguments: [String] {
        var arguments = [
            "--bytes", String(model.count + external.reduce(0) { $0 + $1.bytes.count }),
        ]
        if let runtimeLibrary { arguments += ["--onnxruntime", runtimeLibrary] }
        arguments += ["--threads", String(session.threads)]
        arguments += ["--optimization", session.optimization.rawValue]
        arguments += ["--provider", session.provider]
        for (name, size) in dimensions { arguments += ["--dimension", "\(size)=\(name)"] }
        for (name, _) in external { arguments += ["--external", name] }
        return arguments
    }

    /// Waits for the child.
    fileprivate static func ending(of child: pid_t) -> Ending {
        let end = RunWatchdog.now() + Int64(seconds) * 1_000_000_000
        var status: Int32 = 0
        while true {
            let waited = waitpid(child, &status, WNOHANG)
            if waited == child { break }
            if waited < 0, errno != EINTR {
                return failure("be waited for", errno)
            }
            if RunWatchdog.now() > end {
                kill(child, SIGKILL)
                waitpid(child, &status, 0)
                return .failed("was still in its trial process after \(seconds) s")
            }
            var pause = timespec(tv_sec: 0, tv_nsec: 1_000_000)
            nanosleep(&pause, nil)
        }
        let signal = status & 0x7F
        if signal != 0 {
            let meaning = names[signal].map { " (\($0))" } ?? ""
            return .failed("ended its trial process with signal \(signal)" + meaning)
        }
        let code = status >> 8 & 0xFF
        switch code {
        case 0: return .passed
        case TrialRun.memoryCode:
            return .failed("wants more memory than the 8 GiB its trial process may have")
        default: return .failed("ended its trial process with code \(code)")
        }
    }

    private static let names: [Int32: String] = [
        SIGSEGV: "a crash", SIGABRT: "aborted", SIGBUS: "a crash", SIGILL: "a crash",
        SIGFPE: "a crash", SIGKILL: "killed, perhaps for want of memory",
        SIGXCPU: "it never ended", SIGALRM: "it never ended",
    ]
}

/// A trial that was begun: its child runs until somebody asks how it ended, or nobody wants to know.
final class BegunTrial {
    private var known: TrialProcess.Ending?
    /// Its process; 0 where there never was one.
    let child: pid_t
    private let key: String

    fileprivate init(child: pid_t, key: String) {
        self.child = child
        self.key = key
    }

    init(_ ending: TrialProcess.Ending) {
        known = ending
        child = 0
        key = ""
    }

    /// How it ended; waits for the child, and remembers a model that passed.
    func ending() -> TrialProcess.Ending {
        if let known { return known }
        let ending = TrialProcess.ending(of: child)
        if ending == .passed { TrialMemory.add(key) }
        known = ending
        return ending
    }

    deinit {
        guard known == nil else { return }
        kill(child, SIGKILL)
        while waitpid(child, nil, 0) < 0, errno == EINTR {}
    }
}
