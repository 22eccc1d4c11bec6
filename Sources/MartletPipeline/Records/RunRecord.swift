package import MartletCore

/// One run of a project's steps.
package struct RunRecord: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        case running, done, failed, cancelled
        /// Its runner is gone.
        case lost
    }

    /// Unique; the beginning is enough to name it where that is unique too.
    package let id: String
    package let project: String
    /// What it was begun for: by hand, a schedule, a trigger, a backfill.
    package let cause: RunCause
    /// The steps that were asked for; empty for all.
    package let steps: [String]
    package let startedAt: Timestamp
    package var endedAt: Timestamp?
    package var state: State
    /// The content of all files that it was made from; `nil` where they could not be kept.
    package var sources: Digest?
    /// What became of each step, once it has ended: the blob of a `RunManifest`.
    package var manifest: Digest?
    package var message: String?
    /// Where its runner is, or was: the text of a `MachineStart`.
    package var machine: String?

    package init(id: String, project: String, cause: RunCause = RunCause(), steps: [String] = [], startedAt: Timestamp) {
        self.id = id
        self.project = project
        self.cause = cause
        self.steps = steps
        self.startedAt = startedAt
        state = .running
    }
}

/// What a run was begun for.
package struct RunCause: Sendable, Equatable, Codable {
    package enum Kind: String, Sendable, Codable { case manual, schedule, trigger, backfill, retry, reproduction }

    package var kind = Kind.manual
    /// The schedule's or trigger's name.
    package var name: String?
    /// For when it is, which may be long before it began.
    package var nominalTime: Timestamp?
    /// What a trigger fired for, in words.
    package var reason: String?
    /// What its webhook was sent.
    package var payload: Digest?

    package init(
        _ kind: Kind = .manual, name: String? = nil, nominalTime: Timestamp? = nil, reason: String? = nil, payload: Digest? = nil
    ) {
        self.kind = kind
        self.name = name
        self.nominalTime = nominalTime
        self.reason = reason
        self.payload = payload
    }
}

/// One attempt at a step.
package struct AttemptRecord: Sendable, Equatable {
    package let run: String
    package let id: StepID
    /// From 1 on, over all attempts of the run.
    package let number: Int
    package let key: Digest
    package let isOnceOnly: Bool
    /// Why it was stale.
    package let reasons: [String]
    package let startedAt: Timestamp
    package var endedAt: Timestamp?
    /// `nil` while it runs, and where it ended well.
    package var failure: StepFailure?
    package var usage: StepUsage?

    package init(
        run: String, id: StepID, number: Int, key: Digest, isOnceOnly: Bool = false, reasons: [String] = [], startedAt: Timestamp
    ) {
        self.run = run
        self.id = id
        self.number = number
        self.key = key
        self.isOnceOnly = isOnceOnly
        self.reasons = reasons
        self.startedAt = startedAt
    }
}

/// An instance that failed for good and has not been made since.
package struct DeadLetter: Sendable, Equatable {
    package let id: StepID
    package let run: String
    package let failure: StepFailure
    package let at: Timestamp

    package init(id: StepID, run: String, failure: StepFailure, at: Timestamp) {
        (self.id, self.run, self.failure, self.at) = (id, run, failure, at)
    }
}

/// What earlier executions tell of the next.
package struct StepEstimate: Sendable, Equatable {
    /// How long it takes, in seconds.
    package var seconds: Double?
    /// The most memory that it used, in bytes.
    package var memoryPeakBytes: Int?
    /// The most memory that attempts had reached, in bytes, which were killed as memory ran out and had no successor that ended well:
    /// at the same instance, or for what is told of all together, at any.
    package var memoryReachedBytes: Int?

    package init(seconds: Double? = nil, memoryPeakBytes: Int? = nil, memoryReachedBytes: Int? = nil) {
        (self.seconds, self.memoryPeakBytes, self.memoryReachedBytes) = (seconds, memoryPeakBytes, memoryReachedBytes)
    }
}
