import Foundation
import MartletCore
package import MartletPipeline
import MartletStore

/// Making again what failed for good.
extension ProjectPipeline {
    /// What failed for good and was not made since, the oldest first.
    package func deadLetters() async throws -> [DeadLetter] { try await platform.tracking().pipelines.deadLetters() }

    /// Those letters that are about some steps or instances, as people name them: `clean`, `clean[day=2013-01-05]`.
    /// - Throws: `notFound`, with the nearest name, where there is none about one of them.
    package static func letters(_ letters: [DeadLetter], about names: [String]) throws -> [DeadLetter] {
        guard !names.isEmpty else { return letters }
        for name in names where !letters.contains(where: { $0.isAbout(name) }) {
            let known = Set(letters.flatMap { [$0.id.step, $0.id.description] })
            let hint = nearest(to: name, among: known).map { "did you mean '\($0)'?" } ?? "'martlet retry --list' shows them"
            throw MartletError(.notFound, "no step '\(name)' failed for good; \(hint)")
        }
        return letters.filter { letter in names.contains { letter.isAbout($0) } }
    }

    /// What is to be run so that these are made again: their steps with all that they need, and of steps that are fanned out by the same keys
    /// these instances. Where a step joins all instances of another, all of them are looked at; those that are there are fresh.
    /// - Returns: what is to be run, and the letters about steps that the project does not have any more.
    package func retryRequest(_ letters: [DeadLetter]) throws -> (request: RunRequest, gone: [DeadLetter]) {
        let graph = try graph()
        let gone = letters.filter { graph[$0.id.step] == nil }
        let steps = Set(letters.map(\.id.step)).filter { graph[$0] != nil }.sorted()
        var request = RunRequest()
        request.steps = steps
        request.cause = RunCause(.retry)
        guard !steps.isEmpty else { return (request, gone) }
        let selection = Self.selection(letters)
        do {
            _ = try graph.restricted(to: steps).restricted(to: selection)
            request.selection = selection
        } catch let error as MartletError where error.code == .invalidInput {
            // One of them joins what another is an instance of: it can only be made of all.
        }
        return (request, gone)
    }

    /// The values of all keys. A step that is fanned out by a key and has a letter about no instance of it has none.
    private static func selection(_ letters: [DeadLetter]) -> [String: Set<String>] {
        letters.reduce(into: [:]) { selection, letter in
            for (key, value) in letter.id.partition.values { selection[key, default: []].insert(value) }
        }
    }

    /// Takes the letters off the list that a run has answered.
    package func forget(_ letters: [DeadLetter], madeIn outcomes: [StepID: StepOutcome]) async throws {
        let made = letters.map(\.id).filter { outcomes[$0]?.hasOutputs ?? false }
        try await platform.tracking().pipelines.forget(lettersOf: made)
    }
}

extension DeadLetter {
    /// Whether people mean it by a name.
    fileprivate func isAbout(_ name: String) -> Bool { id.step == name || id.description == name }
}

// MARK: Once-only steps

extension ProjectPipeline {
    /// Lets a once-only step that may have run begin again, as somebody who looked says that it may.
    /// - Throws: `notFound` where there is no such step or no such attempt; `conflict` where its key is not known yet; `locked`.
    package func letBeginAgain(_ name: String, by user: String) async throws -> StepID {
        try await withLock {
            let (_, id, key, _) = try await unsettled(name)
            let hold = try hold(key, of: id)
            defer { hold.release() }
            try await platform.tracking().pipelines.settle(id, key: key.digest, by: user, at: .now)
            return id
        }
    }

    /// Puts on record that a once-only step did run, as somebody who looked says. What has outputs must make them, and is refused.
    /// - Throws: as `letBeginAgain`; `invalidInput` where the step has outputs.
    package func letBeDone(_ name: String, by user: String) async throws -> StepID {
        try await withLock {
            let (step, id, key, attempt) = try await unsettled(name)
            let hold = try hold(key, of: id)
            defer { hold.release() }
            guard step.declaresNoOutputs else {
                throw MartletError(
                    .invalidInput,
                    "step '\(id)' makes outputs, which nobody can say are there; let it begin again with 'martlet retry --again' once that does "
                        + "no harm, or declare no outputs")
            }
            let pipelines = try await platform.tracking().pipelines
            var ended = attempt
            let now = Timestamp.now
            ended.endedAt = attempt.endedAt ?? now
            ended.failure = nil
            ended.usage = attempt.usage ?? StepUsage()
            var summary: [String: JSONValue] = ["said_done_by": .string(user), "said_at": .string(now.description)]
            summary["failure"] = attempt.failure.map { .string($0.message) }
            try await pipelines.end(
                ended,
                StepExecution(
                    id: id, key: key.digest, keyParts: key.parts, outputs: [:], summary: .object(summary),
                    usage: attempt.usage ?? StepUsage(),
                    run: attempt.run, startedAt: attempt.startedAt, finishedAt: now))
            return id
        }
    }

    /// How long a run that is just about to end is waited for.
    private static let lockWait = Duration.seconds(5)

    /// Nobody runs it meanwhile: an attempt under way may have run too.
    private func withLock<Value>(_ body: () async throws -> Value) async throws -> Value {
        let lock = try FileLock.acquire(path: platform.home.runLockPath, purpose: "martlet retry", waitAtMost: Self.lockWait)
        defer { lock.release() }
        return try await body()
    }

    /// A step that is made alone holds its key, and not the lock of runs. - Throws: `locked`.
    private func hold(_ key: StepKey, of id: StepID) throws -> KeyLocks.Hold {
        if let hold = try KeyLocks(home: platform.home).take(key.digest) { return hold }
        throw MartletError(.locked, "'\(id)' is being made by another process; wait for that to end")
    }

    /// A step, its key as things are now, and the attempt with it that may have run.
    private func unsettled(_ name: String) async throws -> (Step, StepID, StepKey, AttemptRecord) {
        let graph = try await knowingPayloads().graph()
        let stepName = name.prefix { $0 != "[" }
        guard let step = graph[name] ?? graph[String(stepName)] else {
            let hint = nearest(to: String(stepName), among: graph.positions.keys).map { "did you mean '\($0)'?" }
            throw MartletError(.notFound, "there is no step '\(name)'; \(hint ?? "'martlet run --explain' lists them")")
        }
        guard step.policy.isOnceOnly else {
            throw MartletError(.invalidInput, "step '\(step.name)' may run more than once; just run it, or declare 'once: true'")
        }
        let keys = try await keys(of: graph.restricted(to: [step.name]))
        guard let (id, key) = keys.first(where: { $0.key.description == name }) else {
            let known = keys.keys.filter { $0.step == step.name }.map(\.description)
            let hint = nearest(to: name, among: known).map { "did you mean '\($0)'?" } ?? "run what it needs first"
            throw MartletError(.conflict, "what '\(name)' would be made of is not known; \(hint)")
        }
        guard let attempt = try await platform.tracking().pipelines.unsettledAttempt(id, key: key.digest) else {
            throw MartletError(
                .notFound, "no attempt at '\(id)' with its present key may have run, so nothing keeps it from beginning; run it")
        }
        return (step, id, key, attempt)
    }
}

extension Step {
    fileprivate var declaresNoOutputs: Bool {
        if case .command(let command) = work { command.outputs.isEmpty } else { false }
    }
}
