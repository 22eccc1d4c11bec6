import MartletCore
package import MartletPipeline
import MartletStore
import Synchronization

/// The runs of a project as its records tell of them.
package final class RunHistory: Sendable {
    /// The most attempts of one run that are told.
    package static let attemptCountMax = 20_000
    /// Of so many runs that have ended it is remembered what their steps did.
    static let talliedCountMax = 1_000
    /// What of a log is shown where nobody says how much, and at most, in bytes.
    package static let (logSizeBytes, logSizeMaxBytes) = (1 << 20, 16 << 20)

    package let project: Project
    /// Which of its steps read from which.
    package let sources: StepSources
    private let platform: Platform
    private let keys: KeyLocks
    private let tallies = Mutex<[String: RunTally]>([:])

    package init(_ platform: Platform) {
        self.platform = platform
        project = platform.project
        keys = KeyLocks(home: platform.home)
        sources = platform.project.stepSources
    }

    /// Whether anybody has the home for a run now.
    private var isHomeHeld: Bool { FileLock.isHeld(path: platform.home.runLockPath) }

    private var records: PipelineStore { get async throws { try await platform.tracking().pipelines } }

    // MARK: Runs

    /// The newest runs, or those before another.
    /// - Parameter before: a run's id, or its beginning.
    /// - Throws: `notFound`, `invalidInput` where several begin so, `storage`.
    package func runs(before: String? = nil, limit: Int) async throws -> [RunRecord] {
        var id: String?
        if let before { id = try await run(before).id }
        var runs: [RunRecord] = []
        for run in try await records.runs(before: id, limit: limit) { runs.append(try await settled(run)) }
        return runs
    }

    /// A run as it stands: one that says that it goes on, while nobody has the home or the run itself, is lost; one that somebody has is not,
    /// whatever another process took it for.
    private func settled(_ run: RunRecord) async throws -> RunRecord {
        if run.state == .lost, try keys.isHeld(run: run.id) {
            var run = run
            (run.state, run.endedAt) = (.running, nil)
            return run
        }
        guard run.state == .running, !isHomeHeld, try !keys.isHeld(run: run.id) else { return run }
        // It may have ended since it was read.
        var run = try await records.run(run.id) ?? run
        if run.state == .running { run.state = .lost }
        return run
    }

    /// What a run's steps did, in numbers.
    package func tally(_ run: RunRecord) async throws -> RunTally {
        if let known = tallies.withLock({ $0[run.id] }) { return known }
        let tally = try await records.tally(of: run)
        // One that was lost may yet be told of by its runner.
        guard run.state != .running, run.state != .lost else { return tally }
        tallies.withLock { tallies in
            if tallies.count >= Self.talliedCountMax { tallies.removeAll() }
            tallies[run.id] = tally
        }
        return tally
    }

    /// All that is on record of a run. - Parameter beginning: its id, or the beginning of that.
    /// - Throws: `notFound`, `invalidInput` where several begin so, `storage`.
    package func account(_ beginning: String, attemptCountMax: Int = .max) async throws -> RunAccount {
        let (run, records) = (try await run(beginning), try await records)
        let limit = attemptCountMax == .max ? attemptCountMax : attemptCountMax + 1
        let attempts = try await records.attempts(ofRun: run.id, limit: limit)
        let letters = try await records.deadLetters().filter { $0.run == run.id }
        return RunAccount(
            run, attempts: attempts.count > attemptCountMax ? Array(attempts.prefix(attemptCountMax)) : attempts,
            manifest: try run.manifest.flatMap(manifest), letters: letters,
            isCut: attempts.count > attemptCountMax)
    }

    /// The run of an id, or of its beginning. - Throws: `notFound`, `invalidInput` where several begin so, `storage`.
    package func run(_ beginning: String) async throws -> RunRecord {
        guard let run = try await records.run(beginning) else {
            throw MartletError(.notFound, "there is no run '\(beginning.prefix(80))'; 'martlet runs' shows the newest")
        }
        return try await settled(run)
    }

    /// What became of each step of a run; `nil` where that is gone.
    private func manifest(_ digest: Digest) throws -> RunManifest? {
        platform.blobs.contains(digest) ? try RunManifest(json: platform.json(digest)) : nil
    }

    // MARK: Logs

    /// Whether a step is a command, and so writes a log; steps that the project has no more may have been.
    package func hasLog(_ step: String) -> Bool {
        switch project.steps[step]?.work {
        case .shell, .words: true
        case .deploy, .score, .index, .monitor, .evaluate: false
        case nil: !["dataset ", "features ", "trial ", "study ", "train ", "gate ", "release "].contains { step.hasPrefix($0) }
        }
    }

    /// The end of what an attempt said, without its secrets.
    /// - Parameters:
    ///   - run: an id, or its beginning.
    ///   - step: a step or an instance, as people write it; of a step that is fanned out, its name is any of its instances.
    ///   - number: the newest attempt where it is `nil`.
    /// - Throws: `notFound`, `invalidInput`, `storage`.
    package func log(run: String, step: String, number: Int?, sizeMaxBytes: Int) async throws -> [UInt8] {
        let (run, records) = (try await self.run(run), try await records)
        let name = String(step.prefix { $0 != "[" })
        let instance = try await records.attemptedInstances(of: name).first { $0.description == step }
        // Of a step that is fanned out the name alone is any of its instances.
        let partition = name == step ? nil : instance?.partition
        guard name == step || instance != nil,
            let attempt = try await records.lastAttempt(at: name, instance: partition, run: run.id, number: number)
        else {
            let words = number.map { "attempt \($0) at" } ?? "attempt at"
            throw MartletError(.notFound, "there is no \(words) '\(step.prefix(200))' in run \(run.short)")
        }
        var log = AttemptLog(of: attempt, home: platform.home)
        guard log.exists else {
            throw MartletError(
                .notFound,
                "there is no log of attempt \(attempt.number) at '\(attempt.id)' in run \(run.short): steps of Martlet's own write none, "
                    + "and 'martlet gc' removes old ones")
        }
        return try log.tail(sizeMaxBytes: sizeMaxBytes)
    }
}
