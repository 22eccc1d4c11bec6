import Foundation
import MartletTesting
import Synchronization
import Testing

@testable import MartletCore

@Suite struct ChildProcessTests {
    private static let soon = ContinuousClock.now + .seconds(120)

    private func start(_ script: String, folder: String? = nil, environment: [String: String] = [:]) throws -> ChildProcess {
        try ChildProcess(.init(program: "/bin/sh", arguments: ["-c", script], folder: folder, environment: environment))
    }

    private func said(by process: ChildProcess) -> String {
        var said: [UInt8] = []
        while case .said(let bytes) = process.next(until: Self.soon) { said += bytes }
        return String(decoding: said, as: UTF8.self)
    }

    @Test func `what it says and how it ends are known`() throws {
        let process = try start("pwd; echo $NAME $MARTLET_TOKEN >&2; exit 5", folder: "/usr", environment: ["NAME": "swift"])
        #expect(said(by: process) == "/usr\nswift\n")
        #expect(process.wait(until: Self.soon) == .exited(5))
        #expect(process.end() == .exited(5), "however often it is asked")
        let killed = try start("kill -TERM $$")
        #expect(said(by: killed).isEmpty)
        #expect(killed.wait(until: Self.soon) == .killed(signal: 15))
        let absent = try ChildProcess(.init(program: "no-such-program", arguments: []))
        #expect(said(by: absent).contains("no-such-program"))
        #expect(absent.wait(until: Self.soon) == .exited(127))
    }

    @Test func `bytes go both ways`() throws {
        let process = try start("head -c 200000 >&0")
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
        try process.channel.send(Array(bytes.prefix(100_000)), until: Self.soon, isGone: { process.hasEnded })
        let first = try process.channel.receive(4, until: Self.soon, isGone: { process.hasEnded })
        #expect(first == [0, 1, 2, 3])
    }

    @Test func `a channel whose other side is gone or silent is told of`() throws {
        let process = try start("exit 0")
        _ = said(by: process)
        #expect(throws: ChildChannel.Fault.closed) { try process.channel.receive(1, until: Self.soon, isGone: { process.hasEnded }) }
        let silent = try start("sleep 600")
        #expect(throws: ChildChannel.Fault.late) { try silent.channel.receive(1, until: .now, isGone: { silent.hasEnded }) }
        #expect(silent.next(until: .now) == .late)
    }

    @Test func `it ends with its parent, though that be killed, and so do its children`() async throws {
        try await withTemporaryFolder { folder in
            let process = try start("sleep 600 & echo $! > '\(folder)/child'; echo; wait")
            #expect(process.next(until: Self.soon) == .said([10]))
            let text = try String(contentsOfFile: "\(folder)/child", encoding: .utf8)
            let child = try #require(Int32(text.split(separator: "\n").first ?? ""))
            // As the kernel does it for a process that is killed.
            process.lifeline.withLock { $0 = nil }
            try await waitUntil("the child ends") { Self.isOver(child) }
            #expect(process.wait(until: Self.soon) == .killed(signal: SIGKILL))
        }
    }

    private static func isOver(_ pid: Int32) -> Bool {
        guard let text = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return true }
        return String(decoding: text, as: UTF8.self).contains(") Z ")
    }
}
