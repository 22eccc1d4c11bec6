import Foundation
import MartletCore
package import MartletPipeline
package import MartletStore

/// One step alone, as another engine asks for it that keeps the order.
extension ProjectPipeline {
    /// The instances of a step, in order, once what it is fanned out by is known.
    package func instances(of name: String) async throws -> [StepID] {
        try await runner().lookUp(name, in: knowingPayloads().graph(), options: options(RunRequest())).instances
    }

    /// Whether a step's condition holds; `true` for one without.
    package func holds(_ name: String) async throws -> Bool {
        try await runner().holds(name, in: knowingPayloads().graph(), options: options(RunRequest()))
    }

    /// Makes an instance of a step, where it is stale, as a run of its own: others may run beside it.
    /// - Parameter instance: as `clean[day=2013-01-05]` has it in brackets; `nil` for a step that is not fanned out.
    /// - Throws: `notFound`; `conflict` where what it needs has not run. What the step threw is in its outcome.
    package func runOne(
        _ name: String, instance: String?, observe: @escaping @Sendable (PipelineRunner.Event) -> Void
    ) async throws -> (id: StepID, outcome: PipelineRunner.OneStepOutcome) {
        try platform.home.markAsProject(platform.project.name)
        // What is made of this run later begins with the same time.
        var pipeline = try await knowingPayloads()
        pipeline.nominalTime = moment
        let (graph, runner, store) = (try pipeline.graph(), try await runner(), try await platform.tracking().pipelines)
        var options = options(RunRequest())
        let id = try await id(name, instance, in: graph, runner, options)
        try await LostAttempts(store, home: platform.home).settle(of: platform.project.name, in: graph, at: .now)
        options.budgets = try await ProjectUsage(platform.project).watch(store, steps: [name], at: .now)
        var run = RunRecord(
            id: UUID().uuidString.lowercased().replacing("-", with: ""), project: platform.project.name, steps: [id.description],
            startedAt: pipeline.moment)
        run.machine = MachineStart.own.text
        run.sources = try pipeline.keepSources(graph.restricted(to: [name]), RunRequest())
        // Who looks at runs sees by it that this one goes on.
        let hold = try KeyLocks(home: platform.home).take(run: run.id)
        defer { hold?.release() }
        try await store.begin(run, besideOthers: true)
        do {
            let outcome = try await runner.make(id, in: graph, as: run.id, options: options, observe: observe)
            let ended = outcome.outcome(of: id)
            run.state = ended.isGood ? .done : .failed
            if case .failed(let failure, _) = outcome {
                run.message = failure.message
                if failure.kind == .cancelled { run.state = .cancelled }
            }
            run.manifest = try runner.keep(ended)
            run.endedAt = .now
            try await store.end(run, saved: ended.saved)
            return (id, outcome)
        } catch {
            (run.state, run.endedAt, run.message) = (.failed, .now, "\(error)")
            // The first failure tells more than that of its record.
            try? await store.end(run, saved: [:])
            throw error
        }
    }

    /// Instances are told apart by how they are written, as values may hold commas.
    private func id(
        _ name: String, _ instance: String?, in graph: StepGraph, _ runner: PipelineRunner, _ options: PipelineRunner.Options
    ) async throws -> StepID {
        guard let instance else {
            guard let step = graph[name], !step.fanOuts.isEmpty else { return StepID(name) }
            throw MartletError(
                .invalidInput,
                "step '\(name)' is fanned out: name one with --instance, as 'martlet step \(name) --list-instances' lists them")
        }
        let instances = try await runner.lookUp(name, in: graph, options: options).instances
        if let id = instances.first(where: { $0.partition.description == instance }) { return id }
        let hint = nearest(to: instance, among: instances.map(\.partition.description)).map { "did you mean '\($0)'?" }
        throw MartletError(.notFound, "step '\(name)' has no instance '\(instance)'; \(hint ?? "it has none")")
    }
}

/// What a node of a cluster does of a project.
package enum ClusterNode {
    /// Makes the attempt that a job is for, and tells its runner what came of it.
    /// - Parameter database: where the records are.
    /// - Throws: `conflict` where there is nothing to do any more; then nobody is told anything.
    package static func run(job name: String, of project: Project, home: Home, database url: String?) async throws -> AttemptResult {
        let folder = JobFolder(name, in: home)
        let database = try await home.openOwnTracking(at: url)
        // Closed while the step runs: there may be many, and a database takes so many connections only.
        let order = try await closing(database.close) { try await StepWorker(folder, records: PipelineStore(database)).begin() }
        let result = try await make(order, of: project, home: home, database: url, in: folder)
        try folder.put(result)
        return result
    }

    /// Makes an attempt in the project's folder on this machine.
    static func make(
        _ order: StepOrder, of project: Project, home: Home, database url: String?, in folder: JobFolder
    ) async throws -> AttemptResult {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID().uuidString)").path
        try Directory.create(scratch)
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        let platform = try Platform(project: project, home: home, records: "\(scratch)/records.sqlite", database: url)
        let files = try ProjectFiles(platform)
        let commands = CommandRunner(home: home, job: folder) { try files.digest($0) }
        return await StepWorker.make(order, on: LocalExecutor(commands: commands)) {
            if let trial = try ProjectPipeline(platform).trialStep(named: order.id.step) { return trial }
            guard let specification = project.steps[order.id.step] else {
                throw StepFailure(.refused, "the project on this node has no step '\(order.id.step)'; its folder must be the runner's")
            }
            return try CommandSteps(platform, files, environment: ProcessInfo.processInfo.environment, now: .now).step(
                order.id.step, specification)
        }
    }
}
