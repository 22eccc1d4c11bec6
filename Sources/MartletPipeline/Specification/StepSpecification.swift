public import MartletCore

/// A step as a project declares it: a command, or something of Martlet's own, with what it reads, makes and needs.
public struct StepSpecification: Sendable, Equatable {
    /// What is done.
    public enum Work: Sendable, Equatable {
        /// A text for `sh -c`.
        case shell(String)
        /// A program and its arguments.
        case words([String])
        /// An endpoint's newest release is let answer.
        case deploy(endpoint: String)
        /// A file is scored by what an endpoint's release, or a registered model, says.
        case score(model: String)
        /// The vectors of a table are indexed.
        case index(IndexSpecification)
        /// What an endpoint's answers earned is reported.
        case monitor(endpoint: String)
        /// What the pipeline's newest fit of a model is worth is measured, also by the values of columns.
        case evaluate(model: String, slices: [String])
    }

    /// What is done.
    public var work: Work
    /// The working folder, as the project file names it; `.` for that of the project file.
    public var folder = "."
    /// Patterns of files beyond those that are found, whose change makes the step stale.
    public var code: [String] = []
    /// Files and folders of the project, by name. A `$key` or `${key}` in a path stands for an instance's value of a key of `each`, and `$$`
    /// for a dollar.
    public var inputs: [String: String] = [:]
    /// What webhooks were sent, by name: those of the run's own event, else of the last that was run. Empty before there was any.
    public var payloads: [String: String] = [:]
    /// Outputs of other steps, by name.
    public var needs: [String: OutputReference] = [:]
    /// The names of its outputs' files in a fresh folder; those that end with `/` are folders.
    public var outputs: [String: String] = [:]
    /// Texts, numbers and truths that it is given, by name.
    public var parameters: [String: JSONValue] = [:]
    /// Variables that are set.
    public var environment: [String: String] = [:]
    /// Variables that it is given as they are outside; their values are part of its key.
    public var inherits: [String] = []
    /// Variables that it is given as they are outside; no part of its key, and taken out of its log.
    public var secrets: [String] = []
    /// What it holds while it runs.
    public var resources = StepResources()
    /// What happens when it fails.
    public var retry = RetryPolicy()
    /// How long it may give no sign of life.
    public var heartbeat: Duration?
    /// Whether it is never begun again by itself when it may have run.
    public var isOnceOnly = false
    /// An output that must be `true`, or the step is skipped.
    public var condition: OutputReference?
    /// What it is fanned out by; an instance for each combination.
    public var each: [FanOutSpecification] = []
    /// Which share of its instances may fail while the rest goes on.
    public var tolerance = 0.0
    /// How long its outputs are good for; zero for not at all, `nil` for ever.
    public var lifetime: Duration?
    /// The model that it is for, in the accounts.
    public var model: String?
    /// Who pays for it; the project's owner where it is `nil`.
    public var owner: String?

    /// Makes a step.
    public init(_ work: Work) { self.work = work }

    /// The path of one of its `inputs`. - Throws: `specificationBroken`.
    package func path(of input: String) throws(MartletError) -> PathPattern? {
        guard let text = inputs[input] else { return nil }
        return try PathPattern(text, keys: each.map(\.key))
    }
}

/// An output of a step: `split.train`.
public struct OutputReference: Sendable, Hashable, CustomStringConvertible {
    /// The step's name.
    public var step: String
    /// The output's.
    public var output: String

    /// Names an output.
    public init(step: String, output: String) { (self.step, self.output) = (step, output) }

    /// Reads `split.train`; `nil` where it is none. What stands behind the last dot is the output.
    public init?(_ text: String) {
        guard let dot = text.lastIndex(of: "."), dot != text.startIndex, text.index(after: dot) != text.endIndex else { return nil }
        self.init(step: String(text[..<dot]), output: String(text[text.index(after: dot)...]))
    }

    /// `split.train`.
    public var description: String { "\(step).\(output)" }
}

/// What a step holds while it runs, and what it is stopped at.
public struct StepResources: Sendable, Equatable {
    /// Processor cores.
    public var cores = 1.0
    /// Bytes of memory, at which it is stopped; `nil` for as much as it used before, and no limit.
    public var memoryBytes: Int64?
    /// Whole accelerators.
    public var accelerators = 0
    /// How long one attempt may take.
    public var timeLimit: Duration?
    /// Further resources, which the project's `capacity` declares.
    public var named: [String: Int] = [:]

    /// Makes the usual: one core.
    public init() {}
}

/// A key that a step is fanned out by.
public struct FanOutSpecification: Sendable, Equatable {
    /// Where its values come from.
    public enum Values: Sendable, Equatable {
        /// They are declared.
        case list([String])
        /// A step's output, which is a list in JSON.
        case output(OutputReference)
        /// The hours, days, weeks or months of a range.
        case range(PartitionRange)
    }

    /// The key, which the command sees as a variable.
    public var key: String
    /// Its values.
    public var values: Values

    /// Makes a key.
    public init(key: String, values: Values) { (self.key, self.values) = (key, values) }
}

/// How much there is of a resource that a project names, and how it is protected.
public struct CapacitySpecification: Sendable, Equatable {
    /// How much may be held at once.
    public var count: Int
    /// After so many failures in a row nothing that needs it is begun for a while.
    public var failures: Int?
    /// For how long.
    public var pause: Duration

    /// Makes a resource.
    public init(count: Int, failures: Int? = nil, pause: Duration = .seconds(60)) {
        (self.count, self.failures, self.pause) = (count, failures, pause)
    }
}
