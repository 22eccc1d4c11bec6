import MartletCore

/// A step as other engines can be told it.
package struct ExportStep: Sendable, Equatable {
    /// As the project names it: `clean`, `ingest/fetch`, `clean[month=1]`.
    package let name: String
    /// The program and its arguments, with whole paths.
    package let command: [String]
    /// The names of the steps that must have succeeded before.
    package let upstream: [String]
    /// Who is told; `nil` where it is who the project says.
    package let owner: String?
    package let resources: Resources
    /// `nil` for a step that is not begun again by itself.
    package let retry: Retry?
    /// A command that writes `true` and nothing else to standard output where the step runs, and something else where it is passed over.
    package let condition: [String]?
    /// Where the step runs for each element of a list: the command that writes the list to standard output, a JSON array of texts in one
    /// line and nothing else. The step's command then gets one more argument, the element.
    package let elements: [String]?

    package init(
        name: String, command: [String], upstream: [String] = [], owner: String? = nil, resources: Resources = Resources(),
        retry: Retry? = nil, condition: [String]? = nil, elements: [String]? = nil
    ) {
        self.name = name
        self.command = command
        self.upstream = upstream
        self.owner = owner
        self.resources = resources
        self.retry = retry
        self.condition = condition
        self.elements = elements
    }

    /// What a step takes; `nil` for what it does not say.
    package struct Resources: Sendable, Equatable {
        package var cores: Double?
        package var memoryBytes: Int64?
        package var accelerators: Int?
        /// After this it is stopped, and has failed.
        package var time: Duration?

        package init(cores: Double? = nil, memoryBytes: Int64? = nil, accelerators: Int? = nil, time: Duration? = nil) {
            self.cores = cores
            self.memoryBytes = memoryBytes
            self.accelerators = accelerators
            self.time = time
        }
    }

    /// How a step that failed is begun again.
    package struct Retry: Sendable, Equatable {
        /// Tries after the first.
        package let count: Int
        /// Before the second try.
        package let wait: Duration
        /// By how much each further wait is longer than the one before.
        package let factor: Double
        package let waitMax: Duration?

        package init(count: Int, wait: Duration, factor: Double = 1, waitMax: Duration? = nil) {
            self.count = count
            self.wait = wait
            self.factor = factor
            self.waitMax = waitMax
        }
    }

    func check() throws {
        for (what, words) in [("command", command), ("condition", condition), ("list of elements", elements)] {
            guard let words else { continue }
            guard let program = words.first, !program.isEmpty else {
                throw MartletError(.specificationBroken, "the \(what) of step '\(name)' has no program: name one")
            }
            _ = try ShellQuoting.line(words)
        }
        for (what, amount) in amounts where !(0...Self.amountMax).contains(amount) {
            throw MartletError(
                .specificationBroken, "step '\(name)' has \(amount) as its \(what): expected a number between 0 and \(Self.amountMax)")
        }
    }

    /// No other engine counts further.
    static let amountMax: Double = 1e15

    private var amounts: [(String, Double)] {
        let seconds = { (duration: Duration?) in duration.map { $0 / .seconds(1) } ?? 0 }
        return [
            ("cores", resources.cores ?? 0), ("memory", Double(resources.memoryBytes ?? 0)), ("time", seconds(resources.time)),
            ("accelerators", Double(resources.accelerators ?? 0)), ("tries", Double(retry?.count ?? 0)),
            ("factor between waits", retry?.factor ?? 0), ("wait", seconds(retry?.wait)), ("longest wait", seconds(retry?.waitMax)),
        ]
    }
}

extension Duration {
    /// Whole seconds, and one more where there is a part left: an engine that knows no parts must not stop a step too early.
    var secondsRoundedUp: Int64 {
        let (seconds, attoseconds) = components
        return attoseconds > 0 ? seconds + 1 : seconds
    }
}
