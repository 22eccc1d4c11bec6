package import MartletCore

/// What a step, or an instance of it, did once, kept so that equal work is done once.
package struct StepExecution: Sendable, Equatable {
    /// Which step.
    package let id: StepID
    /// The digest of code, environment, inputs and parameters.
    package let key: Digest
    /// What the key was made of: an object with `code`, `environment`, `inputs` and `parameters`, for `explain`.
    package let keyParts: JSONValue
    /// The contents made, by name.
    package let outputs: [String: Digest]
    /// Anything worth showing: row counts, metrics.
    package let summary: JSONValue
    /// What it cost.
    package let usage: StepUsage
    /// The run that it was made in; `nil` where that is not known.
    package let run: String?
    /// When the work began.
    package let startedAt: Timestamp
    /// When it was done.
    package let finishedAt: Timestamp

    package init(
        id: StepID, key: Digest, keyParts: JSONValue, outputs: [String: Digest], summary: JSONValue = [:], usage: StepUsage = StepUsage(),
        run: String? = nil, startedAt: Timestamp, finishedAt: Timestamp
    ) {
        self.id = id
        self.key = key
        self.keyParts = keyParts
        self.outputs = outputs
        self.summary = summary
        self.usage = usage
        self.run = run
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }

    /// By what one is known again among those of its key, whatever a clock says.
    struct Mark: Sendable, Equatable {
        let run: String?
        let startedAt: Timestamp
        let outputs: [String: Digest]
    }

    var mark: Mark { Mark(run: run, startedAt: startedAt, outputs: outputs) }
}
