package import MartletCore

/// One piece of work: what it is made of, what it needs while it runs, and what makes its outputs.
package struct Step: Sendable {
    /// Where an input comes from.
    package enum Input: Sendable, Equatable {
        /// Something outside the graph, by its digest: a file, a folder, a contract.
        case external(Digest)
        /// A file or folder of the project that each instance has its own of, by its path; it is read when the instance is looked at.
        case file(PathPattern)
        /// An output of another step. Of one that is fanned out, all instances that agree in the keys that both have.
        case output(step: String, name: String)

        /// Whether it is something outside the graph.
        package var isOutside: Bool { if case .output = self { false } else { true } }
    }

    /// The step's name, unique in its graph, such as `train demand`.
    package let name: String
    /// The version of its implementation, or the digests of the files that a command is made of: whenever it changes, the step is stale.
    package let code: JSONValue
    /// What the step reads, by name.
    package let inputs: [String: Input]
    /// The parameters that change its outputs.
    package let parameters: JSONValue
    /// The engines, programs and variables, and their versions, that change its outputs.
    package let environment: JSONValue
    /// What it is fanned out by; an instance for each combination.
    package var fanOuts: [FanOut] = []
    /// What single instances have besides as parameters, by name.
    package var instanceParameters: [StepPartition: [String: JSONValue]] = [:]
    /// An output that must be `true`, or the step is skipped.
    package var condition: OutputName?
    /// What it holds while it runs.
    package var demand = Demand()
    /// What happens when it fails, and when it is stale.
    package var policy = StepPolicy()
    /// Whose cost it is.
    package var account = Account()
    /// The paths of those of its inputs that are files or folders of the project; those of an instance's own only in an attempt's step.
    package var paths: [String: String] = [:]
    /// The digests of the files that it is made of, by their paths, where it is a command.
    package var codePaths: [String: Digest] = [:]
    /// Whether work of this program needs nothing but the project and the home, so that a cluster's node may do it.
    package var isPortable = false
    /// What of its code could be told only by running it, in sentences for people.
    package var unfollowedCode: [String] = []
    /// The work itself.
    package let work: Work

    /// What makes the outputs.
    package enum Work: Sendable {
        /// Something of this program.
        case action(@Sendable (StepContext) async throws -> StepResult)
        /// A program.
        case command(CommandWork)
    }

    package init(
        name: String, code: JSONValue, inputs: [String: Input], parameters: JSONValue, environment: JSONValue, work: Work
    ) {
        self.name = name
        self.code = code
        self.inputs = inputs
        self.parameters = parameters
        self.environment = environment
        self.work = work
    }

    /// A step of this program. - Parameter code: raise it whenever the same inputs would give other outputs.
    package init(
        name: String, code: String, inputs: [String: Input], parameters: JSONValue, environment: JSONValue,
        action: @escaping @Sendable (StepContext) async throws -> StepResult
    ) {
        self.init(
            name: name, code: .string(code), inputs: inputs, parameters: parameters, environment: environment, work: .action(action))
    }
}

/// An output of a step, by both names.
package struct OutputName: Sendable, Hashable, CustomStringConvertible {
    package let step: String
    package let output: String

    package init(step: String, output: String) { (self.step, self.output) = (step, output) }

    package var description: String { "\(step).\(output)" }
}

/// A key by which a step is fanned out, and its values.
package struct FanOut: Sendable, Equatable {
    package enum Values: Sendable, Equatable {
        /// Known before anything runs.
        case list([String])
        /// A step's output: a list of texts and numbers in JSON.
        case output(OutputName)
    }

    package let key: String
    package let values: Values

    package init(key: String, values: Values) { (self.key, self.values) = (key, values) }
}

/// What a step holds while it runs.
package struct Demand: Sendable, Equatable {
    /// A command's by default; measured peaks of earlier runs take the place of the memory that nobody declared.
    package static let memoryBytesDefault: Int64 = 1 << 30
    /// So much more than ever before is set aside: data grow.
    static let growth = 1.25
    /// So much more than a step had reached when it was killed as memory ran out.
    static let growthAfterKill = 1.5

    /// Processor cores.
    package var cores = 1.0
    /// Bytes of memory, which it is stopped at; `nil` where nobody declared it: then it is not stopped.
    package var memoryBytes: Int64?
    package var accelerators = 0
    /// Further resources of the project's.
    package var named: [String: Int] = [:]

    package init() {}

    /// What is set aside for it.
    /// - Parameters:
    ///   - estimate: what it used before.
    ///   - total: what there is. Nobody is kept from running by what was never asked for.
    package func resources(_ estimate: StepEstimate?, of total: Resources) -> Resources {
        let learned = [
            estimate?.memoryPeakBytes.map { Self.memoryBytes($0, times: Self.growth) },
            estimate?.memoryReachedBytes.flatMap { memoryBytes(afterKillAt: $0) },
        ].compactMap { $0 }.max()
        let memory = memoryBytes ?? min(learned ?? Self.memoryBytesDefault, total.memoryBytes)
        return Resources(cores: cores, memoryBytes: memory, accelerators: accelerators, named: named)
    }

    /// What the next attempt needs after one that was killed as memory ran out; `nil` where its memory is declared: that is its limit.
    package func memoryBytes(afterKillAt reached: Int) -> Int64? {
        // It may have been killed before anybody looked at it.
        memoryBytes == nil ? max(Self.memoryBytes(reached, times: Self.growthAfterKill), Self.memoryBytesDefault) : nil
    }

    private static func memoryBytes(_ bytes: Int, times factor: Double) -> Int64 { Int64((Double(bytes) * factor).rounded(.up)) }
}

/// What happens when a step fails, and when it is stale although its key was seen before.
package struct StepPolicy: Sendable, Equatable {
    package var retry = RetryPolicy()
    /// How long one attempt may take.
    package var timeLimit: Duration?
    /// How long it may give no sign of life.
    package var heartbeat: Duration?
    /// Whether it is never begun again by itself when it may have run.
    package var isOnceOnly = false
    /// Which share of its instances may fail while the rest goes on; 0 for none.
    package var tolerance = 0.0
    /// How long its outputs are good for; zero for not at all.
    package var lifetime: Duration?
    /// Of each key that is a range of time, the values whose data may still come late. See `PipelineRunner.Options.lateSince`.
    package var late: [String: Set<String>] = [:]

    package init() {}
}

/// Whose cost a step is.
package struct Account: Sendable, Equatable {
    package var model: String?
    package var owner: String?

    package init() {}
}

/// A program that is a step.
package struct CommandWork: Sendable, Equatable {
    /// What is started: a text for `sh -c`, or a program and its arguments.
    package enum Words: Sendable, Equatable {
        case shell(String)
        case words([String])
    }

    package var words: Words
    /// Its working folder.
    package var folder: String
    /// The names of its outputs' files in a fresh folder; those that are folders end with `/`.
    package var outputs: [String: String]
    /// What the files of its other inputs are called; those that are folders end with `/`.
    package var inputNames: [String: String] = [:]
    /// Set, beside what it inherits.
    package var environment: [String: String] = [:]
    /// The names of secrets that it is given.
    package var secrets: [String] = []

    package init(words: Words, folder: String, outputs: [String: String]) {
        (self.words, self.folder, self.outputs) = (words, folder, outputs)
    }
}
