package import MartletCore
import MartletStore

/// What a run reads of contents.
package protocol StepContents: Sendable {
    /// Whether all that a content needs is there.
    func contains(_ digest: Digest) -> Bool
    /// A content that is JSON. - Throws: `notFound`, `invalidInput` where it is none, `corrupt`.
    func json(_ digest: Digest) throws -> JSONValue
    /// Keeps some JSON, durably.
    func keep(_ value: JSONValue) throws -> Digest
    /// Makes outputs durable that an attempt kept and that can be read already. - Throws: `storage`.
    func settle(_ digests: Set<Digest>) async throws
}

/// The time of a run.
package protocol RunClock: Sendable {
    var now: Timestamp { get }
    /// Returns then, or when its task is cancelled.
    func wait(until time: Timestamp) async
}

/// This machine's.
package struct SystemClock: RunClock {
    package init() {}

    package var now: Timestamp { .now }

    package func wait(until time: Timestamp) async {
        // Cancelled is as good as over.
        try? await Task.sleep(for: max(.zero, time - .now))
    }
}

/// Shares a machine between runs of several processes.
package protocol MachineLedger: Sendable {
    /// Takes what a step needs, or says that others have it, or wait for it with more right.
    func claim(_ resources: Resources, for step: String) async -> LedgerAnswer
    /// Gives back what was claimed.
    func giveBack(_ resources: Resources, for step: String) async
}

/// What a ledger says to a claim.
package struct LedgerAnswer: Sendable, Equatable {
    /// Whether it was given.
    package let isGiven: Bool
    /// What somebody should know of the ledger, in a sentence, told once.
    package let warning: String?

    package init(_ isGiven: Bool, warning: String? = nil) { (self.isGiven, self.warning) = (isGiven, warning) }
}

/// For a run that has the machine for itself.
package struct OwnMachine: MachineLedger {
    package init() {}

    package func claim(_ resources: Resources, for step: String) async -> LedgerAnswer { LedgerAnswer(true) }
    package func giveBack(_ resources: Resources, for step: String) async {}
}

extension BlobStore: StepContents {
    package func json(_ digest: Digest) throws -> JSONValue { try JSONValue(parsing: try read(digest), as: "the content \(digest.short)") }

    package func keep(_ value: JSONValue) throws -> Digest { try put(Array(value.canonicalText.utf8)) }

    package func settle(_ digests: Set<Digest>) {}
}
