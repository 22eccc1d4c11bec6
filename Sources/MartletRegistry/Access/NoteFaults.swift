import Synchronization

/// Tells why notes cannot be written: once of each new reason, until one can be written again.
final class NoteFaults: Sendable {
    private let report: @Sendable (String) -> Void
    private let reported = Mutex<String?>(nil)

    init(_ report: @escaping @Sendable (String) -> Void) { self.report = report }

    func note(_ error: any Error) {
        let message = "who signs in, is refused, or deletes does not go on record, and is answered all the same: \(error)"
        let isNew = reported.withLock { reported in
            defer { reported = message }
            return reported != message
        }
        if isNew { report(message) }
    }

    /// A note was written.
    func end() { reported.withLock { $0 = nil } }
}
