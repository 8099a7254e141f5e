// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import Admin

// One after the other: they hold up threads of which there are two for all.
@Suite(.serialized, .timeLimit(.minutes(1))) struct `The threads of onlookers` {
    private static let silence = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private static var niceness: Int32 { getpriority(.init(PRIO_PROCESS.rawValue), 0) }

    @Test func `give way to the lanes, which keep their own`() async throws {
        let before = Self.niceness
        let loop = try #require(await OnlookerThreads.begin(Self.silence))
        let (there, child) = await withTaskExecutorPreference(OnlookerThreads.answers) {
            async let child = Self.niceness
            return (Self.niceness, await child)
        }
        #expect(there == OnlookerThreads.niceness && child == there)
        let sockets = try await loop.submit { Self.niceness }.get()
        #expect(sockets == OnlookerThreads.niceness)
        let changes = await withTaskExecutorPreference(OnlookerThreads.changes) { Self.niceness }
        #expect(before < there && Self.niceness == before && changes == before)
    }

    @Test func `do no change, which may start threads that never give way`() throws {
        let site = try ControlSite()
        let book = ControlRoutes(gateway: site.gateway, logger: site.silence).localBook
        #expect(book.operations.contains { $0.method == .post })
        for operation in book.operations {
            let isChange = operation.threads === OnlookerThreads.changes
            #expect(isChange == (operation.method == .post), "\(operation.path)")
        }
    }

    @Test func `answer while one of them is held up`() async {
        _ = await OnlookerThreads.begin(Self.silence)
        let order = await withTaskExecutorPreference(OnlookerThreads.answers) {
            await withTaskGroup(of: String.self) { group in
                group.addTask {
                    usleep(500_000)
                    return "long"
                }
                group.addTask {
                    for _ in 0..<100 { await Task.yield() }
                    return "short"
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(order == ["short", "long"])
    }

    @Test func `look less often the more there are, and all together no oftener`() {
        #expect(DecisionStream.pause(open: 1) == .milliseconds(100))
        #expect(DecisionStream.pause(open: 50) == .milliseconds(100))
        #expect(DecisionStream.pause(open: 200) == .milliseconds(400))
        #expect(DecisionStream.pause(open: DecisionStream.limit) < .seconds(1))
    }
}
