package import MartletPipeline

/// What a backfill would run, and for how long.
package struct BackfillPreview: Sendable, Equatable {
    /// One partition, or what belongs to none of them.
    package struct Row: Sendable, Equatable {
        /// The partition's key; `nil` for steps that are not fanned out by it.
        package let value: String?
        /// What would run, or may, with why.
        package var runs: [Run] = []
        /// What was made before.
        package var fresh: [StepID] = []
        /// What is skipped or cannot run, with why.
        package var others: [Run] = []
    }

    /// A step that would run.
    package struct Run: Sendable, Equatable {
        package let id: StepID
        package let reason: String
        /// Whether that depends on what comes out of steps before it.
        package var isOpen = false
        /// How long it took before; `nil` where it never ran.
        package var seconds: Double?
    }

    /// The partitions in order, those with which nothing is the matter too.
    package let rows: [Row]

    /// - Parameter estimates: what earlier executions tell, as `PipelineStore.estimates`.
    package init(_ backfill: Backfill, _ verdicts: [(id: StepID, verdict: PipelineRunner.Verdict)], _ estimates: [StepID: StepEstimate]) {
        var rows = [String?: Row]()
        for (id, verdict) in verdicts {
            let value = id.partition.values[backfill.key]
            let seconds = (estimates[id] ?? estimates[StepID(id.step)])?.seconds
            switch verdict {
            case .fresh: rows[value, default: Row(value: value)].fresh.append(id)
            case .stale(let reasons):
                rows[value, default: Row(value: value)].runs.append(Run(id: id, reason: reasons.joined(separator: "; "), seconds: seconds))
            case .waits(let steps):
                let reason = "depends on what comes out of \(steps.joined(separator: ", "))"
                rows[value, default: Row(value: value)].runs.append(Run(id: id, reason: reason, isOpen: true, seconds: seconds))
            case .skipped(let reason), .refused(let reason):
                rows[value, default: Row(value: value)].others.append(Run(id: id, reason: reason))
            }
        }
        self.rows = ([nil] + backfill.values.map(Optional.some)).compactMap { rows[$0] }
    }

    /// All that would run, or may.
    package var runs: [Run] { rows.flatMap(\.runs) }

    /// How long all of it would take one after the other, as far as that is known.
    package var seconds: Double { runs.compactMap(\.seconds).reduce(0, +) }

    /// How much of it never ran, so that nobody knows how long it takes.
    package var unknownCount: Int { runs.count { $0.seconds == nil } }
}
