import Foundation
import Glibc
package import MartletCore

/// Who holds a lock, as far as the lock file tells.
///
/// The text may be torn, stale or foreign: every part may be missing, and none is to be relied upon.
package struct LockHolder: Sendable, Equatable, Codable {
    /// The process, where it is known.
    package let pid: Int32?
    /// The words of its command line. They may hold secrets and stay out of messages.
    package let command: [String]?
    /// What it does.
    package let purpose: String?
    /// Since when.
    package let since: Timestamp?

    /// The present process.
    init(purpose: String, at now: Timestamp = .now) {
        (pid, command, self.purpose, since) = (getpid(), ProcessInfo.processInfo.arguments, purpose, now)
    }

    /// What a lock file says; all unknown where it cannot be read.
    init(readingFrom path: String) {
        // A torn or foreign text is no error: the lock itself is what counts.
        let bytes = try? OpenFile(path, O_RDONLY).read(at: 0, countMax: 1 << 16)
        let holder = bytes.flatMap { try? JSONDecoder().decode(LockHolder.self, from: Data($0)) }
        (pid, command, purpose, since) = (holder?.pid, holder?.command, holder?.purpose, holder?.since)
    }
}

extension LockHolder: CustomStringConvertible {
    /// `process 17 ('martlet up', since 2024-03-01T14:03:00.000000Z)`, or `an unknown process`.
    package var description: String {
        guard let pid else { return "an unknown process" }
        let details = [purpose.map { "'\($0.prefix(200))'" }, since.map { "since \($0)" }].compactMap { $0 }
        return details.isEmpty ? "process \(pid)" : "process \(pid) (\(details.joined(separator: ", ")))"
    }
}
