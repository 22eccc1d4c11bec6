import Foundation
import MartletCore
import MartletFeatures
import MartletLearn
import MartletPipeline
import MartletRollout

extension Project {
    /// Reads `martlet.yaml`. Every fault is reported with its line, what was expected, what came and the nearest valid key.
    /// - Throws: `SpecificationError` for faults; `notFound` where the file is not there.
    public static func read(file path: String) throws -> Project {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw MartletError(.notFound, "there is no project file '\(path)'; write one, or name it with --project")
        }
        let folder = (path as NSString).deletingLastPathComponent
        guard let text = String(data: data, encoding: .utf8) else {
            throw MartletError(.specificationBroken, "'\(path)' is not UTF-8; save it as such")
        }
        var project = try parse(text, file: path, folder: folder.isEmpty ? "." : folder)
        let name = (path as NSString).lastPathComponent
        project.origin.file = name
        project.origin.texts[name] = text
        return project
    }

    /// Reads a project from text; `file` is named in faults.
    public static func parse(_ text: String, file: String, folder: String) throws -> Project {
        let specification = try SpecificationFile(name: file, text: text)
        let reader = ProjectReader(folder: folder)
        let project = reader.read(specification.root)
        try reader.included.finish(specification)
        guard let project else { throw MartletError(.specificationBroken, "'\(file)' declares no project") }
        return project
    }
}

/// The faults of files that a project file includes.
private final class IncludedFaults {
    var faults: [Diagnostic] = []

    /// Throws all faults together.
    func finish(_ specification: SpecificationFile) throws {
        do {
            try specification.finish()
        } catch let error as SpecificationError {
            throw SpecificationError(error.diagnostics + faults)
        }
        guard faults.isEmpty else { throw SpecificationError(faults) }
    }
}

/// Reads the parts of a project file. Each part is `nil` where a fault was reported.
private struct ProjectReader {
    private static let keys = [
        "owner", "seed", "datasets", "features", "models", "endpoints", "steps", "capacity", "keep_inputs", "schedules", "triggers",
        "prices", "budgets",
    ]

    let folder: String
    let included = IncludedFaults()

    func read(_ root: SpecificationNode) -> Project? {
        guard let object = root.object(required: ["project"], optional: Self.keys),
            let name = object["project"]?.name
        else { return nil }
        var project = Project(name: name, folder: folder)
        if let seed = object["seed"], let value = seed.int {
            project.seed = UInt64(clamping: value)
            if value < 0 { seed.report("expected a seed of 0 or more, found \(value)") }
        }
        project.datasets = named(object["datasets"], dataset)
        project.features = named(object["features"]) { view($0, $1, declared(object["datasets"])) }
        project.models = named(object["models"]) { name, node in
            let model = model(node, declared(object["features"]))
            if let model, let view = project.features[model.features] { refuseLeaks(model, view, node) }
            return model
        }
        project.endpoints = named(object["endpoints"]) { endpoint($1, declared(object["models"]), project) }
        project.owner = object["owner"]?.string
        if let size = object["keep_inputs"]?.sizeBytes(in: 0...(1 << 50)) { project.keepInputsBytesMax = size }
        project.capacity = CapacityReader.capacity(object["capacity"])
        let webhooks = object["triggers"].map { ScheduleReader.webhooks($0) } ?? []
        let section = StepReader(ownSteps: ownSteps(object), folder: folder, webhooks: webhooks).section(object["steps"])
        project.steps = section.steps
        project.origin.texts = section.texts
        included.faults += section.faults
        let reader = ScheduleReader(
            steps: declared(object["steps"]) + section.steps.keys.filter { $0.contains("/") } + ownSteps(object).sorted(),
            datasets: declared(object["datasets"]), endpoints: declared(object["endpoints"]), folder: folder)
        project.schedules = reader.schedules(object["schedules"])
        project.triggers = reader.triggers(object["triggers"])
        for (name, dataset) in project.datasets { project.datasets[name]?.step = dataset.step.map { section.aliases[$0] ?? $0 } }
        nameSources(&project, object["datasets"])
        project.prices = CostReader.prices(object["prices"])
        project.budgets = CostReader(project: project).budgets(object["budgets"], prices: object["prices"])
        return project
    }

    /// Datasets that are read from steps get the names of the files that those make.
    private func nameSources(_ project: inout Project, _ node: SpecificationNode?) {
        for (name, member) in node?.members ?? [] {
            guard let reference = project.datasets[name]?.step else { continue }
            guard let file = project.steps[reference.step]?.outputs[reference.output], !file.hasSuffix("/") else {
                let hint = nearest(to: reference.step, among: project.steps.keys).map { "did you mean '\($0)'?" } ?? "declare one"
                member.report("there is no step '\(reference.step)' that makes a file '\(reference.output)'; \(hint)")
                continue
            }
            project.datasets[name]?.source = file
        }
    }

    /// The steps that the other sections make, by the names that people read.
    private func ownSteps(_ object: SpecificationObject) -> Set<String> {
        let kinds = [
            ("datasets", ["dataset"]), ("features", ["features"]), ("models", ["train", "gate"]), ("endpoints", ["release"]),
        ]
        let searched = (object["models"]?.isMapping ?? false ? object["models"]?.members ?? [] : []).filter { _, model in
            model.isMapping && model.members.contains { $0.key == "study" }
        }
        return Set(kinds.flatMap { section, kinds in declared(object[section]).flatMap { name in kinds.map { "\($0) \(name)" } } })
            .union(searched.flatMap { ["trial \($0.key)", "study \($0.key)"] })
    }

    /// The names of a section, faulty members included: a reference to one of those is no further fault.
    private func declared(_ node: SpecificationNode?) -> [String] {
        guard let node, node.isMapping else { return [] }
        return node.members.map(\.key)
    }

    private func named<T>(_ node: SpecificationNode?, _ read: (String, SpecificationNode) -> T?) -> [String: T] {
        var result: [String: T] = [:]
        for (_, member) in node?.members ?? [] {
            guard let name = member.keyName else { continue }
            result[name] = read(name, member)
        }
        return result
    }

    // MARK: Datasets and features

    private func dataset(_ name: String, _ node: SpecificationNode) -> DatasetSpecification? {
        guard let object = node.object(required: ["source", "contract"], optional: ["table", "select"]),
            let (source, step) = object["source"].flatMap(source), let contract = object["contract"]?.string
        else { return nil }
        return DatasetSpecification(
            source: source, step: step, table: object["table"]?.string, contract: contract, select: object["select"]?.string
        )
    }

    /// A file of the project's, or `{step: table.rows}`. What a step's file is called is known when its steps are.
    private func source(_ node: SpecificationNode) -> (String, OutputReference?)? {
        guard node.isMapping else { return node.string.map { ($0, nil) } }
        guard let text = node.object(required: ["step"])?["step"], let name = text.string else { return nil }
        guard let reference = OutputReference(name) else { return text.expected("an output of a step, such as table.rows") }
        return (reference.output, reference)
    }

    private func view(_ name: String, _ node: SpecificationNode, _ datasets: [String]) -> FeatureView? {
        guard
            let object = node.object(
                required: ["from", "entity", "event_time"],
                optional: ["known_after", "select", "outcomes", "bounds", "history", "formulas"]
            ),
            let source = object["from"]?.reference(to: datasets, "dataset"),
            let entity = object["entity"]?.strings, let eventTime = object["event_time"]?.string
        else { return nil }
        let knownAfter = object["known_after"]?.int(in: 1...1_000_000_000) ?? 1
        // A faulty one keeps its name, so that a reference to it is no further fault; nothing of this project is used then.
        let history =
            object["history"]?.members.map { name, node in
                historyFeature(name, node) ?? HistoryFeature(name: name, aggregate: .last, column: "")
            } ?? []
        let formulas = object["formulas"]?.members.compactMap { formula($0, $1) } ?? []
        let names = history.map(\.name) + formulas.map(\.name)
        for name in Set(names) where names.count(where: { $0 == name }) > 1 {
            node.report("the name '\(name)' stands in history and in formulas; rename one")
        }
        return FeatureView(
            name: name, entity: entity, source: source, select: object["select"]?.string, eventTime: eventTime,
            knownAfter: Int64(knownAfter), outcomes: object["outcomes"]?.strings ?? [],
            bounds: object["bounds"]?.members.compactMap { bounds($0, $1) } ?? [], history: history, formulas: formulas
        )
    }

    private func bounds(_ column: String, _ node: SpecificationNode) -> ColumnBounds? {
        guard let object = node.object(optional: ["min", "max"]) else { return nil }
        let bounds = ColumnBounds(column: column, minimum: object["min"]?.double, maximum: object["max"]?.double)
        if let low = bounds.minimum, let high = bounds.maximum, low > high {
            node.report("expected a 'min' of at most 'max', found \(low) and \(high)")
        }
        return bounds
    }

    /// What is known only after the event may reach a model through history alone: not by itself, in a formula, or in the rule.
    private func refuseLeaks(_ model: ModelSpecification, _ view: FeatureView, _ node: SpecificationNode) {
        let outcomes = Set(view.outcomes + [model.target])
        func leaks(_ name: String) -> Bool {
            name.hasSuffix("*") ? outcomes.contains { $0.hasPrefix(name.dropLast()) } : outcomes.contains(name)
        }
        for name in model.use where leaks(name) {
            node.report("the feature '\(name)' is known only afterwards; use it through 'history', or remove it")
        }
        for formula in view.formulas where model.use.contains(formula.name) {
            for column in formula.expression.columns.sorted() where leaks(column) {
                node.report("the formula '\(formula.name)' reads '\(column)', which is known only afterwards; use it through 'history'")
            }
        }
        for name in model.baseline.covariates + [model.baseline.price] where leaks(name) {
            node.report("the baseline reads '\(name)', which is known only afterwards; remove it")
        }
    }

    private func historyFeature(_ name: String, _ node: SpecificationNode) -> HistoryFeature? {
        guard let text = node.string else { return nil }
        let words = text.split(omittingEmptySubsequences: true) { "(), ".contains($0) }.map(String.init)
        let aggregates = HistoryFeature.Aggregate.allCases.map(\.rawValue)
        guard text.hasSuffix(")"), (2...3).contains(words.count), let aggregate = HistoryFeature.Aggregate(rawValue: words[0]) else {
            let hint = words.first.flatMap { nearest(to: $0, among: aggregates) }.map { "; did you mean '\($0)'?" } ?? ""
            node.report(
                "expected an aggregate such as mean(price, 8), one of \(aggregates.joined(separator: ", ")), found '\(text.prefix(60))'\(hint)"
            )
            return nil
        }
        guard words.count == 3 else { return HistoryFeature(name: name, aggregate: aggregate, column: words[1]) }
        guard let window = Int64(words[2]), window >= 1, aggregate != .last else {
            return node.expected("a window of 1 or more (and none for last)")
        }
        return HistoryFeature(name: name, aggregate: aggregate, column: words[1], window: window)
    }

    private func formula(_ name: String, _ node: SpecificationNode) -> FormulaFeature? {
        guard let text = node.string else { return nil }
        do {
            return FormulaFeature(name: name, expression: try RowExpression(text))
        } catch {
            node.report("\(error)")
            return nil
        }
    }

    // MARK: Models

    private func model(_ node: SpecificationNode, _ views: [String]) -> ModelSpecification? {
        guard
            let object = node.object(
                required: ["features", "use", "target", "split", "estimator", "baseline", "gate"],
                optional: ["categorical", "decreasing", "increasing", "link", "smearing_by", "elasticity", "study"]
            ),
            let features = object["features"]?.reference(to: views, "feature view"),
            let use = object["use"]?.strings, let target = object["target"]?.string,
            let split = object["split"].flatMap(split), let estimator = object["estimator"].flatMap(estimator),
            let baseline = object["baseline"].flatMap(baseline), let gate = object["gate"].flatMap(gate)
        else { return nil }
        for key in ["categorical", "decreasing", "increasing"] {
            for item in object[key]?.items ?? [] { _ = item.reference(to: use, "feature in 'use'") }
        }
        let links = ModelSpecification.Link.allCases.map(\.rawValue)
        var model = ModelSpecification(
            features: features, use: use, categorical: object["categorical"]?.strings ?? [],
            decreasing: object["decreasing"]?.strings ?? [], increasing: object["increasing"]?.strings ?? [], target: target,
            link: object["link"]?.choice(links).flatMap(ModelSpecification.Link.init) ?? .identity,
            smearingBy: object["smearing_by"]?.string, split: split, parameters: estimator.parameters,
            treesMax: estimator.trees, patience: estimator.patience, baseline: baseline,
            elasticity: object["elasticity"].flatMap(elasticity), gate: gate
        )
        model.study = object["study"].flatMap { StudyReader(given: Set(estimator.parameters.keys)).study($0) }
        return model
    }

    private func split(_ node: SpecificationNode) -> TimeSplit? {
        guard let object = node.object(required: ["by", "test", "validation"]), object["by"]?.choice(["time"]) != nil,
            let test = object["test"].flatMap(share), let validation = object["validation"].flatMap(share)
        else { return nil }
        return TimeSplit(test: test, validation: validation)
    }

    private func share(_ node: SpecificationNode) -> TimeSplit.Share? {
        if case .integer(let count) = node.json, count >= 1 { return .times(Int(count)) }
        guard let fraction = node.fraction else { return nil }
        guard fraction > 0, fraction < 1 else { return node.expected("a count of times, or a share between 0% and 100%") }
        return .fraction(fraction)
    }

    private func estimator(_ node: SpecificationNode) -> (parameters: [String: String], trees: Int, patience: Int)? {
        guard let object = node.object(required: ["lightgbm"]), let members = object["lightgbm"]?.members else { return nil }
        var parameters: [String: String] = [:]
        var trees = 1_000
        var patience = 50
        for (key, value) in members {
            switch key {
            case "trees": trees = value.int(in: 1...100_000) ?? trees
            case "patience": patience = value.int(in: 1...100_000) ?? patience
            case let key where LightGBMEstimator.reserved.contains(key):
                value.report("'\(key)' is set by Martlet (trees, patience, seed, decreasing, categorical …); remove it")
            default: parameters[key] = value.string
            }
        }
        return (parameters, trees, patience)
    }

    private func baseline(_ node: SpecificationNode) -> LogLogRule? {
        guard
            let object = node.object(required: ["log_log"])?["log_log"]?
                .object(required: ["price", "by", "effects"], optional: ["covariates"]),
            let price = object["price"]?.string, let group = object["by"]?.string, let effect = object["effects"]?.string
        else { return nil }
        return LogLogRule(price: price, group: group, effect: effect, covariates: object["covariates"]?.strings ?? [])
    }

    private func elasticity(_ node: SpecificationNode) -> ElasticitySpecification? {
        guard let object = node.object(required: ["price", "by"], optional: ["reference", "note"]), let price = object["price"]?.string,
            let by = object["by"]?.string
        else { return nil }
        let reference = (object["reference"]?.members ?? []).compactMap { key, node in node.double.map { (key, $0) } }
        return ElasticitySpecification(
            price: price, by: by, reference: Dictionary(reference, uniquingKeysWith: { $1 }), note: object["note"]?.string
        )
    }

    private func gate(_ node: SpecificationNode) -> GateSpecification? {
        guard let object = node.object(required: ["beats", "by", "cluster"], optional: ["slices", "slice_tolerance"]),
            object["beats"]?.choice(["baseline"]) != nil, let margin = object["by"]?.fraction(in: 0...1),
            let cluster = object["cluster"]?.string
        else { return nil }
        return GateSpecification(
            margin: margin, cluster: cluster, slices: object["slices"]?.string,
            sliceTolerance: object["slice_tolerance"]?.fraction(in: 0...10) ?? 0
        )
    }

    // MARK: Endpoints

    private func endpoint(_ node: SpecificationNode, _ models: [String], _ project: Project) -> EndpointSpecification? {
        guard let object = node.object(required: ["model", "decide"]),
            let model = object["model"]?.reference(to: models, "model"),
            let view = project.models[model].flatMap({ project.features[$0.features] }),
            let decision = object["decide"].flatMap({ decision($0, view) })
        else { return nil }
        return EndpointSpecification(model: model, decision: decision)
    }

    private func decision(_ node: SpecificationNode, _ view: FeatureView) -> DecisionSpecification? {
        guard
            let object = node.object(
                required: ["price", "range", "today", "cost"],
                optional: ["candidates", "tick", "margin_min", "step_max", "endings", "explore"]
            ),
            let price = object["price"]?.string, let range = object["range"], let today = object["today"],
            let cost = object["cost"]
        else { return nil }
        guard range.items.count == 2 else { return range.expected("two history features: the lowest and the highest price") }
        let history = view.history.map(\.name)
        let columns = (range.items + [today, cost]).compactMap { $0.reference(to: history, "history feature of '\(view.name)'") }
        guard columns.count == 4 else { return nil }
        let policy = PricePolicy(
            candidateCount: object["candidates"]?.int(in: 2...10_000) ?? 250,
            tick: object["tick"]?.double(in: 1e-6...1e9) ?? 0.01,
            marginMin: object["margin_min"]?.fraction(in: 0...1) ?? 0,
            stepMax: object["step_max"]?.fraction(in: 0...100),
            endings: Set((object["endings"]?.items ?? []).compactMap { $0.int(in: 0...9) }),
            exploration: object["explore"]?.fraction(in: 0...1) ?? 0
        )
        return DecisionSpecification(
            price: price, policy: policy, lowest: columns[0], highest: columns[1], today: columns[2], cost: columns[3]
        )
    }
}
