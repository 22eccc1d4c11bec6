import MartletCore
import MartletStore
import MartletTesting

@testable import MartletPipeline

/// Records and blobs of one test, and steps that tell when they run.
final class PipelineBench: Sendable {
    let records: PipelineStore
    let blobs: BlobStore
    let ran = Gathering<String>()
    let heard = Gathering<String>()
    private let database: any SQLDatabase

    init(_ folder: String) async throws {
        let home = Home(path: "\(folder)/home")
        try home.prepare()
        database = try await home.openTracking()
        records = try await PipelineStore(database)
        blobs = BlobStore(home: home)
    }

    var runner: PipelineRunner { PipelineRunner(records: records, contents: blobs, executor: LocalExecutor()) }

    /// A step whose output `out` is the blob of a text, made of its parameters and of what it reads unless it is given.
    func step(
        _ name: String, code: String = "1", from sources: [String] = [], parameters: JSONValue = [:],
        environment: JSONValue = [:], output: String? = nil, fails: Bool = false
    ) -> Step {
        Step(
            name: name, code: code,
            inputs: Dictionary(uniqueKeysWithValues: sources.map { ($0, .output(step: $0, name: "out")) }),
            parameters: parameters, environment: environment
        ) { [self] context in
            ran.add("\(context.id)")
            context.report(0.5, "half way")
            if fails { throw MartletError(.engine, "'\(name)' broke") }
            let read = context.inputs.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",")
            let text = output ?? "\(context.id) \(parameters) \(read)"
            return StepResult(
                outputs: ["out": try blobs.put(Array(text.utf8))], summary: ["length": .integer(Int64(text.count))])
        }
    }

    /// A step whose output `out` is some JSON.
    func giving(_ name: String, _ value: JSONValue, code: String = "1") -> Step {
        Step(name: name, code: code, inputs: [:], parameters: [:], environment: [:]) { [self] _ in
            ran.add(name)
            return StepResult(outputs: ["out": try blobs.keep(value)])
        }
    }

    /// Runs steps one at a time, so that their order is known. - Throws: what the first step that failed threw.
    @discardableResult
    func run(_ steps: [Step], cores: Double = 1, options: PipelineRunner.Options = .init()) async throws -> [String: StepExecution] {
        let outcome = try await outcome(steps, cores: cores, options: options)
        for step in try StepGraph(steps).steps { if let error = outcome.errors[StepID(step.name)] { throw error } }
        for case .failed(let failure) in outcome.steps.values { throw failure }
        return Dictionary(uniqueKeysWithValues: outcome.executions.map { ($0.key.description, $0.value) })
    }

    func outcome(
        _ steps: [Step], cores: Double = 1, options: PipelineRunner.Options = .init()
    ) async throws -> PipelineRunner.Outcome {
        var options = options
        options.capacity = Resources(cores: cores, memoryBytes: 1 << 40)
        let run = RunRecord(id: "\(UInt64.random(in: .min ... .max))", project: "tests", startedAt: .now)
        return try await runner.run(try StepGraph(steps), as: run, options: options) { event in event.word.map(self.heard.add) }
    }

    func verdicts(_ steps: [Step]) async throws -> [String: PipelineRunner.Verdict] {
        let explained = try await runner.explain(try StepGraph(steps))
        return Dictionary(uniqueKeysWithValues: explained.map { ($0.id.description, $0.verdict) })
    }
}

extension PipelineRunner.Event {
    /// The event in two words; `nil` for those that only tell how the run stands.
    var word: String? {
        switch self {
        case .reused(let id, _): "reused \(id)"
        case .started(let id, _, _): "started \(id)"
        case .progress(let id, _, _): "progress \(id)"
        case .finished(let id, _): "finished \(id)"
        case .retries(let id, _, _): "retries \(id)"
        case .warning(let text): "warning \(text)"
        case .settled(let id, let outcome): "settled \(id) \(outcome.words.prefix { $0 != ":" })"
        case .outlook, .standing: nil
        }
    }
}
