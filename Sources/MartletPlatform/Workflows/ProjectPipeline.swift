import Foundation
import MartletCore
import MartletData
import MartletEngines
import MartletFeatures
package import MartletPipeline
import MartletStore

/// The graph of steps that a project declares: dataset, features, trial, study, train, gate, release.
package struct ProjectPipeline: Sendable {
    package let platform: Platform
    /// The time that open ranges end at and promises of freshness are held to; that of each call where it is `nil`.
    var nominalTime: Timestamp?
    /// What commands inherit variables from.
    var variables = ProcessInfo.processInfo.environment
    /// What webhooks were sent, by their names; see `knowingPayloads`.
    var payloads: [String: Digest] = [:]

    package init(_ platform: Platform) { self.platform = platform }

    /// The time that the graph is made for.
    var moment: Timestamp { nominalTime ?? .now }

    /// The names of the steps, as people read them.
    package static func stepName(_ kind: String, _ name: String) -> String { "\(kind) \(name)" }

    /// The graph of all that the project declares.
    /// - Throws: `notFound` where a source or a contract is not there; `SpecificationError` for a faulty contract.
    package func graph() throws -> StepGraph {
        let project = platform.project
        // A project of commands alone needs no engine.
        let tables = try project.datasets.isEmpty ? .null : engine("libduckdb.so")
        let trees = try project.models.isEmpty ? .null : engine("lib_lightgbm.so")
        var steps: [Step] = []
        for (name, dataset) in project.datasets.sorted(by: { $0.key < $1.key }) {
            steps.append(try datasetStep(name, dataset, environment: ["duckdb": tables]))
        }
        for (_, view) in project.features.sorted(by: { $0.key < $1.key }) {
            steps.append(featureStep(view, environment: ["duckdb": tables]))
        }
        for (name, model) in project.models.sorted(by: { $0.key < $1.key }) {
            if let study = model.study {
                let trial = trialStep(name, model, study, environment: ["duckdb": tables, "lightgbm": trees])
                steps += [trial, studyStep(name, model, study, of: trial)]
            }
            steps.append(trainStep(name, model, environment: ["duckdb": tables, "lightgbm": trees]))
            steps.append(gateStep(name, model, environment: ["duckdb": tables, "lightgbm": trees]))
        }
        for (name, endpoint) in project.endpoints.sorted(by: { $0.key < $1.key }) {
            steps.append(try releaseStep(name, endpoint, environment: ["duckdb": tables, "lightgbm": trees]))
        }
        let accounts = project.accounts
        for position in steps.indices { steps[position].account = accounts[steps[position].name] ?? Account() }
        guard !project.steps.isEmpty else { return try StepGraph(steps) }
        let files = try ProjectFiles(platform)
        let declared = try CommandSteps(platform, files, environment: variables, payloads: payloads, now: moment)
        for (name, specification) in project.steps.sorted(by: { $0.key < $1.key }) { steps.append(try declared.step(name, specification)) }
        try files.index.save()
        return try StepGraph(steps)
    }

    /// The digest of a native library: another build may give other bytes.
    func engine(_ file: String) throws -> JSONValue {
        .string(try Digest(ofFile: try NativeLibraries.path(of: file)).description)
    }

    /// Runs what is stale, alone on this home.
    /// - Parameters:
    ///   - wait: how long to wait for another run.
    ///   - onWait: told who holds the home.
    /// - Throws: what the first step that failed threw.
    @discardableResult
    package func run(
        _ request: RunRequest = RunRequest(), waitAtMost wait: Duration = .seconds(600), onWait: (String) -> Void = { _ in },
        observe: @escaping @Sendable (PipelineRunner.Event) -> Void
    ) async throws -> PipelineRunner.Outcome {
        let lock = try FileLock.acquire(
            path: platform.home.runLockPath, purpose: "martlet run", waitAtMost: wait, onWait: { onWait($0.description) }
        )
        defer { lock.release() }
        try platform.home.markAsProject(platform.project.name)
        try await request.cluster?.check(for: platform)
        // What is made of this run later begins with the same time.
        var pipeline = try await knowingPayloads(of: request.cause)
        pipeline.nominalTime = moment
        let graph = try pipeline.selected(request)
        var record = RunRecord(
            id: UUID().uuidString.lowercased().replacing("-", with: ""), project: platform.project.name, cause: request.cause,
            steps: request.steps, startedAt: pipeline.moment)
        record.machine = MachineStart.own.text
        record.sources = try pipeline.keepSources(graph, request)
        try await LostAttempts(platform.tracking().pipelines, home: platform.home)
            .settle(of: platform.project.name, in: graph, at: .now)
        var options = options(request)
        options.budgets = try await ProjectUsage(platform.project)
            .watch(platform.tracking().pipelines, steps: graph.steps.map(\.name), at: .now)
        let outcome = try await run(graph, as: record, by: runner(request.cluster), options: options, observe: observe)
        try throwFirst(outcome, graph)
        return outcome
    }

    /// Why each step would run or not.
    package func explain(_ request: RunRequest = RunRequest()) async throws -> [(id: StepID, verdict: PipelineRunner.Verdict)] {
        try await explained(request).verdicts
    }

    /// Why each step would run or not, and what of the code of commands is followed.
    package func explained(
        _ request: RunRequest
    ) async throws -> (verdicts: [(id: StepID, verdict: PipelineRunner.Verdict)], code: [String: FollowedCode]) {
        let graph = try await knowingPayloads(of: request.cause).selected(request)
        let code = graph.steps.reduce(into: [:]) { $0[$1.name] = $1.followedCode }
        return (try await runner().explain(graph, options: options(request)), code)
    }

    /// What a backfill would run, without running anything.
    package func preview(_ backfill: Backfill, isForced: Bool = false) async throws -> BackfillPreview {
        let verdicts = try await explain(backfill.request(isForced: isForced))
        let steps = Set(verdicts.map(\.id.step)).sorted()
        return BackfillPreview(backfill, verdicts, try await platform.tracking().pipelines.estimates(steps))
    }

    /// The keys that steps have now: of all whose inputs are there.
    func keys(of graph: StepGraph) async throws -> [StepID: StepKey] { try await runner().keys(graph) }

    func keepSources(_ graph: StepGraph, _ request: RunRequest) throws -> Digest {
        let sources = try RunSources(graph, of: platform.project, selection: request.selection, variables: variables, payloads: payloads)
        return try SourceKeeping(platform, try ProjectFiles(platform)).keep(sources)
    }

    func runner(_ cluster: RayPlace? = nil) async throws -> PipelineRunner {
        let files = try ProjectFiles(platform)
        let (explainer, keeping) = (KeyExplainer(platform, files), SourceKeeping(platform, files))
        let contents = HomeContents(home: platform.home)
        if let cluster {
            let commands = CommandRunner(home: platform.home) { try files.digest($0) }
            return PipelineRunner(
                records: try await platform.tracking().pipelines, contents: contents,
                executor: try await cluster.executor(for: platform, files, commands: commands), keys: KeyLocks(home: platform.home),
                project: files.contents, explainer: explainer.words, preparation: keeping.keepInputs)
        }
        let commands = CommandRunner(home: platform.home, contents: contents) { try files.digest($0) }
        return PipelineRunner(
            records: try await platform.tracking().pipelines, contents: contents, executor: LocalExecutor(commands: commands),
            ledger: FileLedger(project: platform.project.name, total: Machine.resources), keys: KeyLocks(home: platform.home),
            project: files.contents, explainer: explainer.words, preparation: keeping.keepInputs)
    }

    func selected(_ request: RunRequest) throws -> StepGraph {
        let graph = try graph()
        return try (request.steps.isEmpty ? graph : graph.restricted(to: request.steps)).restricted(to: request.selection)
    }

    func options(_ request: RunRequest) -> PipelineRunner.Options {
        var options = PipelineRunner.Options()
        options.engine.seed = platform.project.seed
        options.engine.failsFast = request.failsFast
        options.named = platform.project.capacity.mapValues(\.count)
        options.engine.breakers = platform.project.capacity.compactMapValues { capacity in
            capacity.failures.map { CircuitBreaker.Options(failures: $0, pause: capacity.pause) }
        }
        options.forced = Set(request.forced)
        options.selection = request.selection
        options.lateSince = [.schedule, .trigger].contains(request.cause.kind) ? request.cause.nominalTime : nil
        return options
    }

    /// What failed first in running order is what people have to look at first.
    private func throwFirst(_ outcome: PipelineRunner.Outcome, _ graph: StepGraph) throws {
        let failed = outcome.steps.filter { if case .failed = $0.value { true } else { false } }.keys
            .min { (graph.positions[$0.step] ?? 0, $0) < (graph.positions[$1.step] ?? 0, $1) }
        if let failed {
            if let error = outcome.errors[failed], !(error is StepFailure) { throw error }
            if case .failed(let failure)? = outcome.steps[failed] { throw MartletError(.engine, failure.message) }
        }
        // More of a step's instances are in quarantine than it tolerates: none of them failed the run, and yet something could not be made.
        let sources = outcome.steps.values.compactMap { if case .blocked(let source) = $0 { source } else { nil } }
        for source in sources.sorted() {
            guard case .quarantined(let failure)? = outcome.steps[source] else { continue }
            if let error = outcome.errors[source], !(error is StepFailure) { throw error }
            throw MartletError(.engine, "'\(source)': \(failure.message)")
        }
        if let stop = outcome.stop { throw MartletError(.limitExceeded, stop) }
        if outcome.steps.values.contains(.cancelled) { throw CancellationError() }
    }

    /// A file name in the home's folder for unfinished work.
    func temporaryPath(_ ending: String) -> String { "\(platform.home.temporaryPath)/\(UUID().uuidString).\(ending)" }

    /// A connection to an empty database in memory.
    func connect() throws -> DuckDBConnection { try DuckDBDatabase().connect() }
}
