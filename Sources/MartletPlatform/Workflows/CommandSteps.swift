import Foundation
import MartletCore
package import MartletPipeline
import MartletStore

/// Makes steps of what a project declares under `steps`.
struct CommandSteps {
    let platform: Platform
    let files: ProjectFiles
    private let search: CodeSearchMemory
    /// What every command sees.
    private let inherited: [String: String]
    private let folder: String
    let environment: [String: String]
    let now: Timestamp
    /// What webhooks were sent, by their names.
    private let payloads: [String: Digest]

    /// - Throws: `notFound`, `storage`.
    init(
        _ platform: Platform, _ files: ProjectFiles, environment: [String: String], payloads: [String: Digest] = [:], now: Timestamp
    ) throws {
        self.payloads = payloads
        self.platform = platform
        self.files = files
        self.now = now
        self.environment = environment
        folder = platform.project.absoluteFolder
        inherited = InheritedVariables.passed([], of: environment)
        search = CodeSearchMemory(try CodeFinder(folder: folder) { try files.index.digest(ofFile: $0) }.snapshot())
    }

    /// The step of a declaration.
    func step(_ name: String, _ specification: StepSpecification) throws -> Step {
        var step: Step
        switch specification.work {
        case .shell(let text): step = try command(name, specification, .shell(text))
        case .words(let words): step = try command(name, specification, .words(words))
        case .deploy(let endpoint): step = try deployStep(name, endpoint)
        case .score(let model): step = try scoreStep(name, specification, model: model)
        case .index(let index): step = try indexStep(name, specification, index)
        case .monitor(let endpoint): step = try monitorStep(name, endpoint)
        case .evaluate(let model, let slices): step = try evaluateStep(name, specification, model: model, slices: slices)
        }
        step.fanOuts = try specification.each.map { try fanOut($0, of: name) }
        step.condition = specification.condition.map { OutputName(step: $0.step, output: $0.output) }
        step.demand = demand(specification.resources)
        step.policy = try policy(specification)
        step.account.model = specification.model
        step.account.owner = specification.owner ?? platform.project.owner
        return step
    }

    // MARK: Commands

    private func command(_ name: String, _ specification: StepSpecification, _ words: CommandWork.Words) throws -> Step {
        let variables = specification.variables(from: environment)
        let inputs = try inputs(name, specification)
        let code = try search.find(CodeSearchMemory.Question(specification, words, variables), inherited)
        let place = specification.folder == "." ? folder : platform.project.place(specification.folder)
        var work = CommandWork(words: words, folder: place, outputs: specification.outputs)
        work.environment = variables
        work.secrets = specification.secrets
        for (name, reference) in specification.needs { work.inputNames[name] = fileName(reference) }
        var step = Step(
            name: name,
            code: [
                "run": words.json, "files": .object(code.files.mapValues { .string($0.description) }),
                "locks": .object(code.locks.mapValues { .string($0.description) }),
                "outputs": .object(specification.outputs.mapValues(JSONValue.string)),
            ],
            inputs: inputs, parameters: .object(specification.parameters),
            environment: [
                "interpreters": .object(code.interpreters.mapValues(JSONValue.string)),
                "variables": .object(variables.mapValues(JSONValue.string)),
            ],
            work: .command(work))
        step.unfollowedCode = code.unresolved
        step.paths = try wholePaths(of: specification)
        for (path, digest) in code.files.merging(code.locks, uniquingKeysWith: { $1 }) { step.codePaths["\(folder)/\(path)"] = digest }
        return step
    }

    private func inputs(_ step: String, _ specification: StepSpecification) throws -> [String: Step.Input] {
        var inputs: [String: Step.Input] = [:]
        for name in specification.inputs.keys { inputs[name] = try file(name, of: step, specification) }
        for (name, webhook) in specification.payloads { inputs[name] = .external(try payloads[webhook] ?? platform.blobs.put([])) }
        for (name, reference) in specification.needs { inputs[name] = .output(step: reference.step, name: reference.output) }
        return inputs
    }

    /// An input that is a file or folder of the project: by its content where it is one for all instances.
    func file(_ input: String, of step: String, _ specification: StepSpecification) throws -> Step.Input? {
        do {
            guard let pattern = try specification.path(of: input)?.placed(platform.project.place) else { return nil }
            return try pattern.whole.map { .external(try files.digest($0)) } ?? .file(pattern)
        } catch let error as MartletError where error.code == .notFound {
            let path = specification.inputs[input] ?? ""
            throw MartletError(
                .notFound, "step '\(step)': its input '\(input)' is not there: '\(path)'; put it there or change 'inputs'")
        } catch let error as MartletError where error.code == .specificationBroken {
            throw MartletError(.specificationBroken, "step '\(step)': its input '\(input)': \(error.message)")
        }
    }

    /// The paths of inputs that are the same for all instances.
    func wholePaths(of specification: StepSpecification) throws -> [String: String] {
        try specification.inputs.keys.reduce(into: [:]) { $0[$1] = try specification.path(of: $1)?.placed(platform.project.place).whole }
    }

    /// What the file of a step's output is called, where a command reads it.
    func fileName(_ reference: OutputReference) -> String {
        if let name = platform.project.steps[reference.step]?.outputs[reference.output] { return name }
        let endings = [
            "snapshot": "parquet", "quarantine": "parquet", "rows": "parquet", "predictions": "parquet", "model": "txt", "index": "bin",
        ]
        return "\(reference.output).\(endings[reference.output] ?? "json")"
    }

    // MARK: What all have

    private func fanOut(_ specification: FanOutSpecification, of step: String) throws -> FanOut {
        switch specification.values {
        case .list(let values):
            for value in values { try FanOutValues.check(value, of: specification.key, step) }
            return FanOut(key: specification.key, values: .list(values))
        case .output(let reference):
            return FanOut(key: specification.key, values: .output(OutputName(step: reference.step, output: reference.output)))
        case .range(let range): return FanOut(key: specification.key, values: .list(try range.partitions(now: now).map(\.key)))
        }
    }

    private func demand(_ resources: StepResources) -> Demand {
        var demand = Demand()
        demand.cores = resources.cores
        demand.memoryBytes = resources.memoryBytes
        demand.accelerators = resources.accelerators
        demand.named = resources.named
        return demand
    }

    private func policy(_ specification: StepSpecification) throws -> StepPolicy {
        var policy = StepPolicy()
        policy.retry = specification.retry
        policy.timeLimit = specification.resources.timeLimit
        policy.heartbeat = specification.heartbeat
        policy.isOnceOnly = specification.isOnceOnly
        policy.tolerance = specification.tolerance
        policy.lifetime = specification.lifetime
        if case .monitor = specification.work { policy.lifetime = .zero }
        for each in specification.each {
            if case .range(let range) = each.values { policy.late[each.key] = Set(try range.latePartitions(now: now).map(\.key)) }
        }
        return policy
    }
}

extension CommandWork.Words {
    fileprivate var forFinder: CodeFinder.Command {
        switch self {
        case .shell(let text): .shell(text)
        case .words(let words): .words(words)
        }
    }

    fileprivate var json: JSONValue {
        switch self {
        case .shell(let text): .string(text)
        case .words(let words): .array(words.map(JSONValue.string))
        }
    }
}

extension StepSpecification {
    /// The variables that are part of its key.
    fileprivate func variables(from environment: [String: String]) -> [String: String] {
        self.environment.merging(inherits.map { ($0, environment[$0] ?? "") }) { $1 }
    }
}

extension Project {
    /// What of the code of its commands is followed, by step. Runs nothing and writes nothing.
    /// - Parameter environment: what commands inherit variables from.
    /// - Throws: as `CodeSnapshot.find`.
    package func followedCode(in environment: [String: String]) throws -> [String: FollowedCode] {
        guard !steps.isEmpty else { return [:] }
        let search = CodeSearchMemory(try CodeFinder(folder: absoluteFolder).snapshot())
        let inherited = InheritedVariables.passed([], of: environment)
        var found: [String: FollowedCode] = [:]
        for (name, step) in steps {
            let words: CommandWork.Words
            switch step.work {
            case .shell(let text): words = .shell(text)
            case .words(let list): words = .words(list)
            case .deploy, .score, .index, .monitor, .evaluate: continue
            }
            let code = try search.find(CodeSearchMemory.Question(step, words, step.variables(from: environment)), inherited)
            found[name] = FollowedCode(files: Array(code.files.keys), unfollowed: code.unresolved)
        }
        return found
    }
}

/// The code of commands as it is at one moment: each file is looked at once, and equal questions have one answer.
private final class CodeSearchMemory {
    struct Question: Hashable {
        let command: CodeFinder.Command
        let globs: [String]
        let variables: [String: String]
        let inputs: [String]

        init(_ specification: StepSpecification, _ words: CommandWork.Words, _ variables: [String: String]) throws {
            command = words.forFinder
            globs = specification.code
            // What a parameter says may be part of the words, as in 'python $kind.py'.
            let texts = specification.parameters.mapValues { $0.string ?? $0.canonicalText }
            self.variables = variables.merging(texts) { $1 }
            // One that differs by instance is a file of data among others, not all that is in its folder.
            inputs = try specification.inputs.keys.compactMap { try specification.path(of: $0)?.whole }.sorted()
        }
    }

    private let snapshot: CodeSnapshot
    private var answers: [Question: FoundCode] = [:]

    init(_ snapshot: CodeSnapshot) { self.snapshot = snapshot }

    func find(_ question: Question, _ inherited: [String: String]) throws -> FoundCode {
        if let known = answers[question] { return known }
        let found = try snapshot.find(
            question.command, globs: question.globs, environment: inherited.merging(question.variables) { $1 }, inputs: question.inputs)
        answers[question] = found
        return found
    }
}
