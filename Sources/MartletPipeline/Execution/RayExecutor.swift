package import MartletCore
package import MartletStore

/// Runs attempts at commands, and at steps of Martlet's own that say so, as jobs of a cluster of Ray; its other steps run here.
///
/// A job starts `martlet step` on a node. Ray says when and where it runs; what is to be done, whether it has begun and what came of it
/// stand in the home where nodes have it too, or else in the records (`AttemptJob`), so that neither a lost answer of Ray's nor a lost
/// node makes anything begin twice.
package struct RayExecutor: Executor {
    package let name = "ray"
    private let jobs: RayJobs
    private let place: any JobPlace
    private let handover: (any Handover)?
    private let own: LocalExecutor
    private let commands: CommandRunner
    private let command: @Sendable (StepID, any AttemptJob) -> [String]
    private let clock: any RunClock

    /// How often Ray is asked for a job: this often at first, and less and less often.
    static let pollInterval = Duration.seconds(1)
    static let pollIntervalMax = Duration.seconds(3)
    /// How long Ray may give no answer before its jobs count as lost.
    static let silenceMax = Duration.seconds(300)
    /// How long a job that was stopped may take to end.
    static let stopMax = Duration.seconds(60)
    /// How many jobs are tried for one attempt where none of them begins.
    static let roundsMax = 5
    /// How often a result is looked for once Ray says that a job is over: a shared folder may show a file late.
    static let lookCountMax = 10
    static let lookInterval = Duration.milliseconds(500)

    /// - Parameters:
    ///   - commands: those of this machine, for what their attempts leave.
    ///   - place: of jobs; the home's folder where it is `nil`, which nodes then have too.
    ///   - handover: for nodes that do not have the home's folder.
    ///   - command: starts a job's work on a node.
    package init(
        _ jobs: RayJobs, home: Home, commands: CommandRunner, place: (any JobPlace)? = nil, handover: (any Handover)? = nil,
        clock: any RunClock = SystemClock(), command: @escaping @Sendable (StepID, any AttemptJob) -> [String]
    ) {
        self.jobs = jobs
        self.place = place ?? JobFolders(home: home)
        self.handover = handover
        self.commands = commands
        self.clock = clock
        self.command = command
        own = LocalExecutor(commands: commands)
    }

    package func capacity() async -> Resources {
        // A cluster that does not say what it has has nothing, and every step is refused with what it asked for.
        let nodes = (try? await jobs.nodes().filter(\.isAlive)) ?? []
        var total = Resources.none
        for node in nodes {
            total.cores += node.resources.cores
            total.memoryBytes += node.resources.memoryBytes
            total.accelerators += Int(node.resources.accelerators)
            total.named.merge(node.resources.others.mapValues { Int($0) }) { $0 + $1 }
        }
        return total
    }

    package func run(_ attempt: StepAttempt) async -> AttemptResult {
        guard attempt.step.mayRunElsewhere else { return await own.run(attempt) }
        do {
            if let made = try await leftover(attempt) { return made }
            return try await make(attempt)
        } catch let error as MartletError where error.code == .unavailable {
            return AttemptResult(.failure(StepFailure(.start, error.message)), error: error)
        } catch {
            return AttemptResult(.failure(StepFailure(of: error)), error: error)
        }
    }

    package func hasLeftover(_ id: StepID, _ key: Digest) async -> Bool {
        if commands.hasLeftover(key) { return true }
        // What cannot be read holds nothing that could be kept.
        for job in (try? await place.jobs(for: key)) ?? [] where (try? await job.result())?.isGood ?? false { return true }
        return false
    }

    package func forget(_ attempt: StepAttempt) async {
        guard attempt.step.mayRunElsewhere else { return }
        commands.clean(attempt.key)
        // A run that is cancelled forgets too, and what is on record must not be taken for a job's good end later.
        await Task { [place] in
            // What cannot be removed now is found by the next attempt at the key.
            for job in (try? await place.jobs(for: attempt.key)) ?? [] { try? await job.remove() }
        }.value
    }

    package func tidy() async { commands.tidy() }

    // MARK: What was begun before

    /// Sees to it that no earlier job of a key runs or begins, and takes what one of them made.
    private func leftover(_ attempt: StepAttempt) async throws -> AttemptResult? {
        for job in try await place.jobs(for: attempt.key) {
            if try await !job.claim(), try await job.result() == nil { try await end(RayJobID(job.name)) }
            guard let result = try await job.result(), result.isGood, attempt.leftovers.contains(result.earlier) else { continue }
            do {
                return try await received(result, attempt)
            } catch let error as MartletError where error.code == .notFound && !attempt.step.policy.isOnceOnly {
                continue  // it is made again
            }
        }
        return nil
    }

    private func received(_ result: AttemptResult, _ attempt: StepAttempt) async throws -> AttemptResult {
        do {
            try await handover?.receive(result, of: attempt)
        } catch let error as MartletError where error.code == .unavailable {
            // It ran: only what never began may say so.
            throw StepFailure(.lost, "step '\(attempt.id)' ended on its node, and what it made cannot be fetched: \(error.message)")
        }
        return result
    }

    /// Stops a job that has begun, and waits until nothing of it runs.
    private func end(_ id: RayJobID) async throws {
        let deadline = clock.now + Self.stopMax
        while let details = try await jobs.details(of: id), !details.outcome.isFinal {
            guard clock.now < deadline else {
                throw StepFailure(.start, "job '\(id)' of an earlier attempt still runs on Ray; stop it with 'ray job stop \(id)'")
            }
            _ = try await jobs.stop(id)
            await clock.wait(until: clock.now + Self.pollInterval)
        }
    }

    // MARK: An attempt

    private func make(_ attempt: StepAttempt) async throws -> AttemptResult {
        let resources = try await resources(for: attempt)
        let order = StepOrder(attempt, sources: try await handover?.send(attempt))
        for round in 1...Self.roundsMax {
            let job = place.job(attempt.jobName(round: round))
            try await job.prepare(order)
            let id = try RayJobID(job.name)
            let rayJob = RayJob(id: id, command: command(attempt.id, job), metadata: metadata(order), resources: resources)
            if var result = try await RayJobWatch(jobs, id, job, clock).result(handingOver: { try await submit(rayJob) }) {
                // Its runner hears of it, and has times of its own.
                result.earlier = nil
                return try await received(result, attempt)
            }
        }
        return AttemptResult(
            .failure(
                StepFailure(.start, "\(Self.roundsMax) jobs for step '\(attempt.id)' were lost on Ray before they began; look at its nodes")
            ))
    }

    /// Sent again where no answer came: Ray takes a name once.
    private func submit(_ job: RayJob) async throws {
        let deadline = clock.now + Self.silenceMax
        while true {
            do {
                _ = try await jobs.submit(job)
                return
            } catch let error as MartletError where error.code == .unavailable && clock.now < deadline {
                try Task.checkCancellation()
                await clock.wait(until: clock.now + Self.pollIntervalMax)
            }
        }
    }

    /// What the job asks of Ray; resources that only the project counts are none that a node has.
    private func resources(for attempt: StepAttempt) async throws -> RayJob.Resources {
        let nodes = try await jobs.nodes().filter(\.isAlive)
        let declared = nodes.reduce(into: Set<String>()) { $0.formUnion($1.resources.others.keys) }
        let needed = attempt.resources
        let resources = RayJob.Resources(
            cores: needed.cores, accelerators: Double(needed.accelerators), memoryBytes: needed.memoryBytes,
            others: needed.named.filter { declared.contains($0.key) }.mapValues(Double.init))
        guard nodes.contains(where: { $0.fits(resources) }) else {
            throw StepFailure(
                .start,
                "step '\(attempt.id)' needs \(needed.cores) cores, \(needed.memoryBytes.sizeWords) of memory, \(needed.accelerators) "
                    + "accelerators" + needed.named.sorted { $0.key < $1.key }.map { ", \($1) of '\($0)'" }.joined()
                    + " on one node, and none of the \(nodes.count) nodes of Ray's cluster has as much; add one, or ask for less")
        }
        return resources
    }

    private func metadata(_ order: StepOrder) -> [String: String] {
        ["step": order.id.description, "run": order.run, "attempt": "\(order.number)", "key": order.key.digest.description]
    }
}

extension AttemptResult {
    var isGood: Bool { if case .success = result { true } else { false } }
}
