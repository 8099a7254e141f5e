// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Admin
import ArgumentParser
import FoundationEssentials
import Gateway
import Telemetry
import Vocabulary

/// The verb `sluice top`.
struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Watch the running gateway: rates, routes, latencies, backlog, endpoints.",
        discussion: """
            Reads the status twice a second and shows what changed between two readings. The \
            percentiles are the gateway's own, since its start. q or Ctrl-C ends it, p holds it, a \
            space looks at once.

            With --once it prints one page as plain text, over one second, and ends: for scripts, \
            and where there is no terminal.
            """
    )

    @OptionGroup var file: ConfigurationOption

    @Flag(help: "Print one page as text and end.")
    var once = false

    func run() async throws {
        let control = try Control(file)
        if once { return try await printOnce(control) }
        let first = try GatewayStatus.decoded(try await control.send("GET", "/v1/status"))
        guard let screen = FullScreen() else {
            Console.complain("sluice: this is no terminal; `sluice top --once` prints a page")
            throw ExitCode.failure
        }
        defer { screen.leave() }
        await Self.watch(control, screen, first)
    }

    private func printOnce(_ control: Control) async throws {
        let before = try GatewayStatus.decoded(try await control.send("GET", "/v1/status"))
        try await Task.sleep(for: .seconds(1))
        let now = try GatewayStatus.decoded(try await control.send("GET", "/v1/status"))
        let screen = TopScreen(now, since: before, note: "")
        for line in screen.lines(columns: 100, rows: 1_000, Ink(isColoured: false)) {
            print(line)
        }
    }

    private static func watch(
        _ control: Control,
        _ screen: FullScreen,
        _ first: GatewayStatus
    ) async {
        let ink = Ink.standard
        // The oldest of these is what rates are taken against: a second and a half back.
        var readings = [first]
        var isHeld = false
        var note = ""
        // When it answered last, where it does not now.
        var heard = SystemTime().now
        var silence: Double?
        for await event in FullScreen.events(every: 500) {
            switch event {
            case .ended, .key(UInt8(ascii: "q")), .key(3), .key(4): return
            case .key(UInt8(ascii: "p")):
                isHeld.toggle()
                note = isHeld ? "held: p goes on" : "p holds, q ends"
            case .key(UInt8(ascii: " ")), .tick:
                if isHeld { break }
                if let status = await reading(control) {
                    if status.uptimeSeconds < readings.last?.uptimeSeconds ?? 0 { readings = [] }
                    readings = readings.suffix(3) + [status]
                    heard = SystemTime().now
                    silence = nil
                } else {
                    silence = (SystemTime().now - heard).seconds
                }
                note = "p holds, q ends"
            case .key, .resized: break
            }
            guard let status = readings.last else { continue }
            let size = FullScreen.size
            let before = readings.count > 1 ? readings.first : nil
            let page = TopScreen(status, since: before, note: note, silence: silence)
            screen.show(page.lines(columns: size.columns, rows: size.rows, ink))
        }
    }

    private static func reading(_ control: Control) async -> GatewayStatus? {
        guard let bytes = await control.glance("/v1/status") else { return nil }
        return try? GatewayStatus.decoded(bytes)
    }
}
