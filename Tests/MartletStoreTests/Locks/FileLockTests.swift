import Foundation
import MartletCore
import MartletStore
import MartletTesting
import Testing

struct FileLockTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("lock")
    }

    @Test func `a held lock is refused with its holder, its purpose and the next step`() throws {
        let held = try FileLock.acquire(path: path, purpose: "martlet up", waitAtMost: .zero)
        let error = #expect(throws: MartletError.self) {
            try FileLock.acquire(path: path, purpose: "martlet run", waitAtMost: .zero)
        }
        #expect(error?.code == .locked)
        let pid = ProcessInfo.processInfo.processIdentifier
        for part in [path, "process \(pid)", "'martlet up'", "since 2", "stop process \(pid)"] {
            #expect(error?.message.contains(part) == true)
        }
        held.release()
    }

    @Test func `a released lock is free`() throws {
        let held = try FileLock.acquire(path: path, purpose: "first", waitAtMost: .zero)
        held.release()
        held.release()
        try FileLock.acquire(path: path, purpose: "second", waitAtMost: .zero).release()
    }

    @Test func `a lock is released with its value`() throws {
        _ = try FileLock.acquire(path: path, purpose: "first", waitAtMost: .zero)
        try FileLock.acquire(path: path, purpose: "second", waitAtMost: .zero).release()
    }

    @Test func `waiting ends at the limit and tells once`() throws {
        let held = try FileLock.acquire(path: path, purpose: "first", waitAtMost: .zero)
        var (sleeps, holders) = ([Duration](), [LockHolder]())
        #expect(throws: MartletError.self) {
            try FileLock.acquire(
                path: path, purpose: "second", waitAtMost: .milliseconds(170), onWait: { holders.append($0) },
                sleep: { sleeps.append($0) }
            )
        }
        #expect(sleeps == Array(repeating: .milliseconds(50), count: 4))
        #expect(holders.map(\.purpose) == ["first"])
        held.release()
    }

    @Test(arguments: ["", "{", "[]", #"{"pid": "x"}"#, #"{"pid": 1, "since": "soon"}"#, "\u{0}\u{1}"])
    func `a malformed holder is an unknown process`(_ text: String) throws {
        let held = try FileLock.acquire(path: path, purpose: "first", waitAtMost: .zero)
        try overwrite(text)
        let error = #expect(throws: MartletError.self) {
            try FileLock.acquire(path: path, purpose: "second", waitAtMost: .zero)
        }
        #expect(error?.message.contains("an unknown process") == true)
        held.release()
    }

    @Test func `another process, killed while we wait, holds the lock until it ends`() async throws {
        let other = try await otherProcess()
        #expect(throws: MartletError.self) { try FileLock.acquire(path: path, purpose: "ours", waitAtMost: .zero) }
        let lock = try FileLock.acquire(path: path, purpose: "ours", waitAtMost: .seconds(60), sleep: { _ in other.stop() })
        lock.release()
    }

    @Test func `the lock of a killed process is free`() async throws {
        try await otherProcess().stop()
        try FileLock.acquire(path: path, purpose: "ours", waitAtMost: .zero).release()
    }

    /// `flock(1)` of util-linux, which holds the lock.
    private func otherProcess() async throws -> RunningProcess {
        let process = try RunningProcess(.script("exec flock --no-fork \"$1\" sh -c 'echo held >&2; exec sleep 600'", [path]))
        try await process.says("held")
        return process
    }

    private func overwrite(_ text: String) throws {
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }
}
