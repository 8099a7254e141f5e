// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// A real Mosquitto on a loopback port, with a throw-away folder and the recommended limits.
///
/// It survives `restart` and `kill` as an installed broker does: same port, same persistence file.
public final class Broker: Sendable {
    /// Where Mosquitto is installed; nil when it is not, so that tests can say so and skip.
    public static let executable: String? = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"]
        .first { access($0, X_OK) == 0 }

    /// Where the broker's plugin for access lists is installed; nil when it is not.
    public static let accessPlugin: String? = ["x86_64", "aarch64"]
        .map { "/usr/lib/\($0)-linux-gnu/mosquitto_dynamic_security.so" }
        .first { access($0, R_OK) == 0 }

    /// Why there is no broker.
    public struct Failure: Error {
        /// What happened.
        public var message: String

        /// Makes a failure.
        public init(message: String) {
            self.message = message
        }
    }

    /// The port it listens on.
    public let port: UInt16
    /// Its folder: configuration, persistence file, log.
    public let folder: String
    // The process, changed by whichever test thread starts or stops it.
    private let process = Mutex<pid_t>(0)

    /// Starts a broker; `extra` lines are added to its configuration.
    ///
    /// `%folder%` in a line stands for its folder.
    public init(folder: String? = nil, extra: [String] = []) throws {
        self.folder = try folder ?? Self.makeFolder()
        port = try Self.freePort()
        let lines =
            [
                "listener \(port) 127.0.0.1",
                "allow_anonymous true",
                "persistence true",
                "persistence_location \(self.folder)/",
                "autosave_on_changes true",
                "autosave_interval 50",
                "max_inflight_messages 1000",
                "max_queued_messages 0",
                "log_dest file \(self.folder)/broker.log",
                "log_type all",
                "connection_messages true",
                "sys_interval 1",
            ] + extra
        let text = lines.joined(separator: "\n") + "\n"
        try Self.write(
            text.replacing("%folder%", with: self.folder),
            to: "\(self.folder)/mosquitto.conf"
        )
        try start()
    }

    deinit {
        kill()
        Self.remove(folder)
    }

    /// Starts it again after `stop` or `kill`, and waits until it listens.
    public func start() throws {
        guard let executable = Self.executable else {
            throw Failure(message: "mosquitto is not installed")
        }
        let arguments = [executable, "-c", "\(folder)/mosquitto.conf"]
        // On a loaded machine a broker may come up late, or lose its port to a test beside this one.
        for _ in 0..<3 {
            try process.withLock { process in
                guard process == 0 else { return }
                process = try Self.spawn(arguments, output: "\(folder)/broker.out")
            }
            for _ in 0..<500 {
                if Self.canConnect(to: port) { return }
                usleep(10_000)
            }
            kill()
        }
        throw Failure(message: "the broker does not listen; its log ends with: \(log.suffix(400))")
    }

    /// Ends it in an orderly way: it saves what it has.
    public func stop() {
        end(SIGTERM)
    }

    /// Ends it at once.
    public func kill() {
        end(SIGKILL)
    }

    /// Suspends it, as a host that has stopped answering.
    public func suspend() {
        process.withLock { if $0 > 0 { _ = Glibc.kill($0, SIGSTOP) } }
    }

    /// Lets it go on after `suspend`.
    public func resume() {
        process.withLock { if $0 > 0 { _ = Glibc.kill($0, SIGCONT) } }
    }

    /// What the broker has logged.
    public var log: String {
        guard let file = fopen("\(folder)/broker.log", "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// True when the log holds `text`.
    public func hasLogged(_ text: String) -> Bool {
        log.contains(text)
    }

    /// How many times the log holds `text`.
    public func count(ofLogged text: String) -> Int {
        log.split(separator: text, omittingEmptySubsequences: false).count - 1
    }

    private func end(_ signal: Int32) {
        process.withLock { process in
            guard process > 0 else { return }
            var status: Int32 = 0
            // Mosquitto forgets a signal that comes between its listening and its main loop, so it is said
            // again; a broker that will not hear must not hold a test up for ever.
            for attempt in 0..<100 {
                if attempt % 4 == 0 {
                    _ = Glibc.kill(process, attempt < 80 ? signal : SIGKILL)
                    _ = Glibc.kill(process, SIGCONT)
                }
                if waitpid(process, &status, WNOHANG) == process { break }
                usleep(attempt < 4 ? 5_000 : 50_000)
            }
            process = 0
        }
    }
}
