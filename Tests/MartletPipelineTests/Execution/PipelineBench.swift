import MartletCore
import MartletStore
import MartletTesting

@testable import MartletPipeline

/// Records and blobs of one test, and steps that tell when they run.
final class PipelineBench: Sendable {
    let records: RecordStore
    let blobs: BlobStore
    let ran = Gathering<String>()
    let heard = Gathering<String>()

    init(_ folder: String) throws {
        let home = Home(path: "\(folder)/home")
        try home.prepare()
        records = try RecordStore(path: home.databasePath)
        blobs = BlobStore(home: home)
    }

    var runner: StepRunner { StepRunner(records: records, blobs: blobs) }

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
            ran.add(name)
            context.report(0.5, "half way")
            if fails { throw MartletError(.engine, "'\(name)' broke") }
            let read = context.inputs.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",")
            let text = output ?? "\(name) \(parameters) \(read)"
            return StepResult(
                outputs: ["out": try blobs.put(Array(text.utf8))], summary: ["length": .integer(Int64(text.count))])
        }
    }

    @discardableResult
    func run(_ steps: [Step]) async throws -> [String: StepExecution] {
        try await runner.run(try StepGraph(steps)) { event in self.heard.add(event.word) }
    }

    func verdicts(_ steps: [Step]) throws -> [String: StepRunner.Verdict] {
        let explained = try runner.explain(try StepGraph(steps))
        return Dictionary(uniqueKeysWithValues: explained.map { ($0.step.name, $0.verdict) })
    }
}

extension StepRunner.Event {
    /// The event in two words.
    var word: String {
        switch self {
        case .reused(let step, _): "reused \(step)"
        case .started(let step, _): "started \(step)"
        case .progress(let step, _, _): "progress \(step)"
        case .finished(let step, _): "finished \(step)"
        case .failed(let step): "failed \(step)"
        }
    }
}
