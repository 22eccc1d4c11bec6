package import MartletCore

/// All that the records tell of one run.
package struct RunAccount: Sendable, Equatable {
    package let run: RunRecord
    /// In the order in which they began.
    package let attempts: [AttemptRecord]
    /// What became of each step; `nil` until the run has ended, and where it is gone.
    package let manifest: RunManifest?
    /// What failed for good in it and was not made since.
    package let letters: [DeadLetter]
    /// Whether there were more attempts than were asked for.
    package let isCut: Bool

    package init(
        _ run: RunRecord, attempts: [AttemptRecord], manifest: RunManifest?, letters: [DeadLetter], isCut: Bool = false
    ) {
        self.run = run
        self.attempts = attempts
        self.manifest = manifest
        self.letters = letters
        self.isCut = isCut
    }

    package var state: RunRecord.State { run.state }
}

extension RunRecord {
    /// So many characters of an id are shown; they are enough to name it.
    package static let shortLength = 8

    /// The id as people see it.
    package var short: String { String(id.prefix(Self.shortLength)) }
}

extension AttemptRecord {
    /// How it ended, in a word. - Parameter isRunning: whether its run goes on.
    package func stateWord(isRunning: Bool) -> String {
        if let failure { return failure.kind.rawValue }
        return endedAt == nil ? (isRunning ? "running" : "lost") : "done"
    }
}

extension RunCause {
    /// What it was begun for, in a few words.
    package var words: String {
        switch kind {
        case .manual: "by hand"
        default:
            ["\(kind.rawValue)", name.map { "'\($0)'" }, nominalTime.map { "of \($0.secondsText)" }].compactMap(\.self).joined(
                separator: " ")
        }
    }
}

// MARK: JSON

extension RunAccount {
    /// The run for programs.
    package var json: JSONValue {
        let fresh = (manifest?.entries ?? [:]).filter(\.value.wasFresh).keys.sorted()
        let others = (manifest?.others ?? [:]).sorted { $0.key < $1.key }.map { id, words -> JSONValue in
            ["step": .string(id.description), "outcome": .string(words)]
        }
        var fields = run.fields
        fields["attempts"] = .array(attempts.map { $0.json(isRunning: state == .running) })
        fields["fresh"] = .array(fresh.map { .string($0.description) })
        fields["others"] = .array(others)
        fields["dead_letters"] = .array(letters.map { .string($0.id.description) })
        if isCut { fields["attempts_cut"] = true }
        return .object(fields)
    }
}

extension RunRecord {
    /// The run for programs, without what its steps did.
    package var json: JSONValue { .object(fields) }

    fileprivate var fields: [String: JSONValue] {
        let cause: [String: JSONValue] = [
            "kind": .string(cause.kind.rawValue), "name": cause.name.map(JSONValue.string) ?? .null,
            "nominal_time": cause.nominalTime.map { .string($0.description) } ?? .null,
            "reason": cause.reason.map(JSONValue.string) ?? .null, "payload": cause.payload.map { .string($0.description) } ?? .null,
        ]
        return [
            "run": .string(id), "state": .string(state.rawValue), "cause": .object(cause),
            "steps": .array(steps.map(JSONValue.string)), "started_at": .string(startedAt.description),
            "ended_at": endedAt.map { .string($0.description) } ?? .null, "message": message.map(JSONValue.string) ?? .null,
            "sources": sources.map { .string($0.description) } ?? .null,
        ]
    }
}

extension AttemptRecord {
    /// An attempt for programs. - Parameter isRunning: whether its run goes on.
    package func json(isRunning: Bool) -> JSONValue {
        [
            "step": .string(id.description), "attempt": .integer(Int64(number)), "key": .string(key.description),
            "state": .string(stateWord(isRunning: isRunning)), "started_at": .string(startedAt.description),
            "ended_at": endedAt.map { .string($0.description) } ?? .null, "reasons": .array(reasons.map(JSONValue.string)),
            "message": failure.map { .string($0.message) } ?? .null, "usage": usage?.json ?? .null,
        ]
    }
}
