import Foundation
import Glibc
import MartletCore
import Synchronization

/// A process that was started for a test, with a process group of its own, so that nothing of it outlives `stop()`.
///
/// What it writes goes to files: a reader can look at any time, and a process that writes much never waits for one.
package final class RunningProcess: Sendable {
    /// The process' number.
    package let pid: Int32
    private let folder: TemporaryFolder
    private let status = Mutex<Int32?>(nil)

    /// Starts a command. - Throws: `storage` where the system does not let it start.
    /// - Parameter input: a file that is open, for the process to read; nothing where it is `nil`.
    package init(_ command: Command, input: Int32? = nil) throws {
        folder = try TemporaryFolder()
        do {
            pid = try Spawn(command, input: input, output: "\(folder.path)/output", errors: "\(folder.path)/errors").start()
        } catch {
            folder.remove()
            throw error
        }
    }

    deinit { stop() }

    /// What it wrote to standard output so far.
    package var output: String { text("output") }
    /// What it wrote to standard error so far.
    package var errors: String { text("errors") }

    private func text(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: "\(folder.path)/\(name)") ?? Data(), as: UTF8.self)
    }

    /// The exit code, or the number of the signal that killed it, negative; `nil` while it runs.
    package var exitStatus: Int32? {
        status.withLock { status in
            guard status == nil else { return status }
            var word: Int32 = 0
            guard waitpid(pid, &word, WNOHANG) == pid else { return nil }
            status = word & 0x7f == 0 ? (word >> 8) & 0xff : -(word & 0x7f)
            return status
        }
    }

    /// Sends the process a signal.
    package func send(_ signal: Int32) {
        // Under the lock, so that a process which was reaped, and whose number may be another's by now, gets none.
        status.withLock { if $0 == nil { _ = kill(pid, signal) } }
    }

    /// Waits for its end. - Throws: `limitExceeded`, with what it said, where it does not come.
    package func end(atMost limit: Duration = .seconds(300)) async throws -> ProcessResult {
        do {
            try await waitUntil("process \(pid) ends", atMost: limit) { exitStatus != nil }
        } catch let error as MartletError {
            throw MartletError(error.code, "\(error.message); it said: \(errors.suffix(2_000))")
        }
        return ProcessResult(status: exitStatus ?? -1, output: output, errors: errors)
    }

    /// Waits until standard error holds a text. - Throws: `engine` where the process ends before, `limitExceeded`.
    package func says(_ text: String, atMost limit: Duration = .seconds(120)) async throws {
        try await waitUntil("process \(pid) says '\(text)'", atMost: limit) {
            let isOver = exitStatus != nil  // asked first: what it said last is read afterwards
            if errors.contains(text) { return true }
            guard !isOver else {
                throw MartletError(
                    .engine, "the process ended with \(exitStatus ?? 0) before it said '\(text)'; it said: \(errors.suffix(2_000))")
            }
            return false
        }
    }

    /// Kills it and its children, and reaps it; does nothing more once that is done.
    package func stop() {
        // The group may live on in children when the process itself has ended.
        _ = kill(-pid, SIGKILL)
        status.withLock { status in
            guard status == nil else { return }
            var word: Int32 = 0
            while waitpid(pid, &word, 0) == -1, errno == EINTR {}
            status = -SIGKILL
        }
        folder.remove()
    }
}
