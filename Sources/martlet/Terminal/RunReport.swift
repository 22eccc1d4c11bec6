import MartletCore
import MartletLearn
import MartletPipeline
import MartletPlatform

/// What a run found, for people: the data, the study, the fit, the elasticities, the gate, the release, indexes and evaluations.
struct RunReport {
    private let executions: [StepID: StepExecution]
    private let project: Project

    init(_ executions: [StepID: StepExecution], project: Project) {
        self.executions = executions
        self.project = project
    }

    /// The lines of the report.
    var lines: [String] {
        project.datasets.keys.sorted().flatMap(dataset)
            + project.models.keys.sorted().flatMap { study($0) + model($0) + gate($0) }
            + project.endpoints.keys.sorted().flatMap(release) + executions.values.sorted { $0.id < $1.id }.flatMap(declared)
    }

    private func summary(_ kind: String, _ name: String) -> JSONValue? {
        executions[StepID(ProjectPipeline.stepName(kind, name))]?.summary
    }

    private func count(_ value: JSONValue?) -> String { (value?.int ?? 0).grouped }

    private func dataset(_ name: String) -> [String] {
        guard let summary = summary("dataset", name), let execution = executions[StepID(ProjectPipeline.stepName("dataset", name))] else {
            return []
        }
        let digest = execution.outputs["snapshot"]?.short ?? ""
        let counts = "\(count(summary["rows"])) rows, \(count(summary["columns"])) columns, \(count(summary["quarantined"])) in quarantine"
        var lines = ["", "Dataset \(name): \(counts), snapshot \(digest)"]
        for (reason, count) in (summary["reasons"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            lines.append("  \(reason): \(count)")
        }
        return lines
    }

    private func study(_ name: String) -> [String] { summary("study", name).map { StudyText($0, of: name).lines } ?? [] }

    /// What a step of those that the project declares by themselves found.
    private func declared(_ execution: StepExecution) -> [String] {
        switch project.steps[execution.id.step]?.work {
        case .index: index(execution)
        case .evaluate: EvaluationText(execution.summary, of: execution.id.description).lines
        default: []
        }
    }

    private func index(_ execution: StepExecution) -> [String] {
        let summary = execution.summary
        let recall = summary["recall_at_10"]?.double.map { "a search finds \(($0 * 100).formatted(places: 1))% of the ten nearest" }
        let shape = "\(count(summary["rows"])) rows of \(count(summary["dimension"])) numbers by \(summary["metric"]?.string ?? "")"
        return [""] + "Index \(execution.id): \(shape); \(recall ?? "one row is too few to measure a search by")".wrapped(indent: 2)
    }

    private func model(_ name: String) -> [String] {
        guard let summary = summary("train", name) else { return [] }
        let gains = (summary["gains"]?.array ?? []).prefix(5).map { gain in
            "\(gain["feature"]?.string ?? "") \(((gain["share"]?.double ?? 0) * 100).formatted(places: 0))%"
        }
        let lines = [
            "Model \(name): \(count(summary["trees"])) trees on \(count(summary["training_rows"])) + \(count(summary["validation_rows"])) rows, "
                + "validation loss \((summary["validation_loss"]?.double ?? .nan).formatted(places: 4)), "
                + "held out from \(summary["test_from"]?.int ?? 0) on: \(count(summary["test_rows"])) rows",
            "  what it reads most: \(gains.joined(separator: ", "))",
        ]
        return [""] + lines.flatMap { $0.wrapped(indent: 2) }
    }

    private func gate(_ name: String) -> [String] {
        guard let summary = summary("gate", name), let report = try? summary.decoded(as: GateReport.self) else { return [] }
        let result = report.result
        var table = TextTable("slice", ">rows", ">rule", ">model", ">better by", ">95% by cluster", "")
        for slice in result.slices {
            table.add(cells: row(slice.name, slice.rows, slice.baseline, slice.candidate, slice.improvement, slice.holds ? "" : "✗"))
        }
        table.add(cells: row("all", result.rows, result.baseline, result.candidate, result.improvement, result.passes ? "✓" : "✗"))
        let shocks = result.improvementByShock.map {
            "  drawn by slice and time instead, the interval is \(interval($0)): shocks that all clusters share widen it"
        }
        let verdict = result.passes ? "passes" : "does not pass: \(result.refusals.joined(separator: "; "))"
        let demand =
            "  the gate asks for \(result.margin.signedPercent) at the interval's lower end, and no slice worse by more than "
            + "\(result.sliceTolerance.signedPercent): it \(verdict)"
        return ["", "Gate of \(name): root mean squared error on held-out rows, less is better"] + table.lines
            + (shocks?.wrapped() ?? []) + demand.wrapped() + elasticities(report, name)
    }

    private func row(
        _ name: String, _ rows: Int, _ baseline: Double, _ candidate: Double, _ improvement: Estimate, _ mark: String
    ) -> [String] {
        [
            name, rows.grouped, baseline.formatted(places: 3), candidate.formatted(places: 3), improvement.value.signedPercent,
            interval(improvement), mark,
        ]
    }

    private func elasticities(_ report: GateReport, _ name: String) -> [String] {
        guard !report.elasticities.isEmpty else { return [] }
        let specification = project.models[name]?.elasticity
        var table = TextTable("slice", ">model", ">rule", ">reference")
        for elasticity in report.elasticities {
            table.add(
                elasticity.name, elasticity.model.formatted(places: 2), (elasticity.rule ?? .nan).formatted(places: 2),
                (specification?.reference[elasticity.name] ?? .nan).formatted(places: 2)
            )
        }
        let note = specification?.note.map { "  reference: \($0)".wrapped() } ?? []
        return ["", "Own-price elasticity on held-out rows"] + table.lines + note
    }

    private func interval(_ estimate: Estimate) -> String {
        "\(estimate.low.signedPercent) … \(estimate.high.signedPercent)"
    }

    private func release(_ name: String) -> [String] {
        guard let summary = summary("release", name), let text = summary["release"]?.string, let digest = Digest(text) else { return [] }
        return ["", "Release of \(name): v\(summary["version"]?.int ?? 0), \(digest.short); let it answer with 'martlet deploy \(name)'"]
    }
}
