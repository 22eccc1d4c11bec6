import Foundation
import MartletCore
import MartletStore
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

    @Test func `another process holds the lock until it ends`() throws {
        let other = try OtherProcess(holding: path)
        #expect(throws: MartletError.self) { try FileLock.acquire(path: path, purpose: "ours", waitAtMost: .zero) }
        let lock = try FileLock.acquire(
            path: path, purpose: "ours", waitAtMost: .seconds(60), sleep: { _ in other.end() }
        )
        lock.release()
    }

    @Test func `the lock of a killed process is free`() throws {
        let other = try OtherProcess(holding: path)
        other.kill()
        try FileLock.acquire(path: path, purpose: "ours", waitAtMost: .zero).release()
    }

    private func overwrite(_ text: String) throws {
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }
}

/// `flock(1)` of util-linux, which holds a lock until its input ends.
private final class OtherProcess {
    private let process = Process()
    private let input = Pipe()

    init(holding path: String) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["flock", "--no-fork", path, "sh", "-c", "echo held; exec cat"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        #expect(try output.fileHandleForReading.read(upToCount: 5) == Data("held\n".utf8))
    }

    func end() {
        // A pipe that is closed already is closed all the same.
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
