import ArgumentParser
import MartletCore
import MartletPipeline
import MartletPlatform
import MartletStore

/// Shows what runs did.
struct Runs: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the runs of the project's steps, or what one of them did.",
        discussion: """
            A run is named by its id, or the beginning of that. It shows its attempts, with what each used and why it ran or failed, what was \
            fresh, and what failed for good. What a step said is shown by 'martlet logs'.

            EXAMPLES
              martlet runs
              martlet runs --limit 5
              martlet runs 1f0c9a2b
              martlet runs --json | jq '.runs[0]'
            """
    )

    @OptionGroup var options: ProjectOptions

    @Argument(help: "A run's id, or its beginning.")
    var run: String?

    @Option(help: ArgumentHelp("The newest so many.", valueName: "count"))
    var limit = 20

    func validate() throws {
        guard (1...PipelineStore.listCountMax).contains(limit) else {
            throw ValidationError("--limit: expected 1 to \(PipelineStore.listCountMax), found \(limit)")
        }
    }

    func run() async throws {
        let platform = try options.platform()
        let records = try await platform.tracking().pipelines
        let isHomeHeld = FileLock.isHeld(path: platform.home.runLockPath)
        guard let run else { return show(try await records.runs(limit: limit), isHomeHeld: isHomeHeld) }
        guard let record = try await records.run(run) else {
            throw MartletError(.notFound, "there is no run '\(run)'; 'martlet runs' shows the newest")
        }
        let attempts = try await records.attempts(ofRun: record.id)
        let letters = try await records.deadLetters().filter { $0.run == record.id }
        let manifest = try record.manifest.flatMap { try platform.manifest($0) }
        guard !options.json else {
            return Output.result(record.json(attempts: attempts, manifest: manifest, letters: letters, isHomeHeld: isHomeHeld).prettyText)
        }
        RunText.lines(record, attempts: attempts, manifest: manifest, letters: letters, now: .now, isHomeHeld: isHomeHeld).forEach(
            Output.result)
    }

    private func show(_ runs: [RunRecord], isHomeHeld: Bool) {
        guard !options.json else {
            return Output.result(JSONValue.object(["runs": .array(runs.map { .object($0.fields(isHomeHeld: isHomeHeld)) })]).prettyText)
        }
        guard !runs.isEmpty else { return Output.result("nothing was run yet") }
        RunText.table(runs, now: .now, isHomeHeld: isHomeHeld).forEach(Output.result)
    }
}

extension Platform {
    /// What became of each step of a run; `nil` where that is gone.
    fileprivate func manifest(_ digest: Digest) throws -> RunManifest? {
        blobs.contains(digest) ? try RunManifest(json: json(digest)) : nil
    }
}

// MARK: JSON

extension RunRecord {
    fileprivate func fields(isHomeHeld: Bool) -> [String: JSONValue] {
        let cause: [String: JSONValue] = [
            "kind": .string(cause.kind.rawValue), "name": cause.name.map(JSONValue.string) ?? .null,
            "nominal_time": cause.nominalTime.map { .string($0.description) } ?? .null,
            "reason": cause.reason.map(JSONValue.string) ?? .null, "payload": cause.payload.map { .string($0.description) } ?? .null,
        ]
        return [
            "run": .string(id), "state": .string(RunText.state(self, isHomeHeld: isHomeHeld).rawValue), "cause": .object(cause),
            "steps": .array(steps.map(JSONValue.string)), "started_at": .string(startedAt.description),
            "ended_at": endedAt.map { .string($0.description) } ?? .null, "message": message.map(JSONValue.string) ?? .null,
            "sources": sources.map { .string($0.description) } ?? .null,
        ]
    }

    fileprivate func json(attempts: [AttemptRecord], manifest: RunManifest?, letters: [DeadLetter], isHomeHeld: Bool) -> JSONValue {
        let isRunning = RunText.state(self, isHomeHeld: isHomeHeld) == .running
        let fresh = (manifest?.entries ?? [:]).filter(\.value.wasFresh).keys.sorted()
        let others = (manifest?.others ?? [:]).sorted { $0.key < $1.key }.map { id, words -> JSONValue in
            ["step": .string(id.description), "outcome": .string(words)]
        }
        return .object(
            fields(isHomeHeld: isHomeHeld).merging([
                "attempts": .array(attempts.map { $0.json(isRunning: isRunning) }),
                "fresh": .array(fresh.map { .string($0.description) }), "others": .array(others),
                "dead_letters": .array(letters.map { .string($0.id.description) }),
            ]) { $1 })
    }
}

extension AttemptRecord {
    /// An attempt for machines. - Parameter isRunning: whether its run goes on.
    func json(isRunning: Bool) -> JSONValue {
        [
            "step": .string(id.description), "attempt": .integer(Int64(number)), "key": .string(key.description),
            "state": .string(stateWord(isRunning: isRunning)), "started_at": .string(startedAt.description),
            "ended_at": endedAt.map { .string($0.description) } ?? .null, "reasons": .array(reasons.map(JSONValue.string)),
            "message": failure.map { .string($0.message) } ?? .null, "usage": usage?.json ?? .null,
        ]
    }
}
