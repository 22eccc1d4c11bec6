import Glibc
import MartletCore
import Synchronization

/// A lock between processes (`flock(2)`) on a file that says who holds it.
///
/// The operating system releases it when the process ends in whatever way; the file stays. It is not recursive: a
/// second `acquire` in the same process waits as a stranger would.
package final class FileLock: Sendable {
    /// How long one wait between two tries is.
    package static let pollInterval = Duration.milliseconds(50)

    /// The lock file.
    package let path: String
    private let file: Mutex<Int32?>

    private init(path: String, descriptor: Int32) {
        self.path = path
        file = Mutex(descriptor)
    }

    deinit { release() }

    /// Takes the lock, or waits for its holder. Blocks the calling thread.
    /// - Parameters:
    ///   - path: the lock file; made where missing, readable by everybody.
    ///   - purpose: what the holder does, for others to read, such as `martlet up`.
    ///   - waitAtMost: the sum of all waits; zero tries once.
    ///   - onWait: called once, before the first wait.
    ///   - sleep: waits between two tries.
    /// - Throws: `locked` with the holder, its purpose and what to do; `storage`.
    package static func acquire(
        path: String, purpose: String, waitAtMost: Duration, onWait: (LockHolder) -> Void = { _ in },
        sleep: (Duration) -> Void = FileLock.block
    ) throws -> FileLock {
        let lock = try FileLock(path: path, descriptor: openFile(path))
        var waited = Duration.zero
        while try !lock.tries() {
            let holder = LockHolder(readingFrom: path)
            if waited == .zero, waitAtMost > .zero { onWait(holder) }
            guard waited < waitAtMost else { throw lockedError(path, holder, waited: waited) }
            sleep(pollInterval)
            waited += pollInterval
        }
        try lock.describe(LockHolder(purpose: purpose))
        return lock
    }

    /// Whether another process holds a lock, without taking it: it may be taken or given back meanwhile.
    package static func isHeld(path: String) -> Bool {
        let descriptor = retrying { open(path, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // A shared lock keeps nobody out for longer than this call takes, and waiters try again.
        guard retrying({ flock(descriptor, LOCK_SH | LOCK_NB) }) == -1 else { return false }
        return errno == EWOULDBLOCK
    }

    /// Gives the lock back; a second call does nothing.
    package func release() {
        file.withLock { descriptor in
            guard let held = descriptor else { return }
            // Closing alone would leave the lock to a child process that is just being started and still has the file.
            flock(held, LOCK_UN)
            close(held)
            descriptor = nil
        }
    }

    /// Blocks the calling thread for a duration.
    package static func block(for duration: Duration) {
        let (seconds, attoseconds) = duration.components
        var rest = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        var left = timespec()
        while nanosleep(&rest, &left) == -1, errno == EINTR { rest = left }
    }

    private static func openFile(_ path: String) throws -> Int32 {
        let descriptor = retrying { open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644) }
        guard descriptor >= 0 else { throw MartletError.io("open the lock", path, errno: errno) }
        return descriptor
    }

    private func tries() throws -> Bool {
        try file.withLock { descriptor in
            guard let descriptor else { return false }
            if retrying({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 { return true }
            guard errno == EWOULDBLOCK else { throw MartletError.io("lock", path, errno: errno) }
            return false
        }
    }

    /// The text is a courtesy to those who wait: the lock holds on a full disk too, so a failed write is no failure.
    private func describe(_ holder: LockHolder) throws {
        let text = Array(try JSONValue(encoding: holder).canonicalText.utf8)
        file.withLock { descriptor in
            guard let descriptor else { return }
            if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
        }
    }

    private static func lockedError(_ path: String, _ holder: LockHolder, waited: Duration) -> MartletError {
        let next =
            holder.pid.map { "wait for it, or stop process \($0)" } ?? "wait for it, or find it with 'fuser \(path)'"
        return MartletError(.locked, "after \(waited) of waiting '\(path)' is still held by \(holder); \(next)")
    }
}
