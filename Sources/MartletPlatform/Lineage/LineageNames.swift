import MartletPipeline

/// What things of a project are called in its lineage.
struct LineageNames {
    private let project: Project

    init(_ project: Project) { self.project = project }

    /// An output: a dataset's snapshot has the dataset's name, all else is `STEP.OUTPUT`.
    func output(_ output: String, of step: String) -> String {
        guard output == "snapshot", let dataset = dataset(of: step) else { return "\(step).\(output)" }
        return dataset
    }

    /// A file of the project that a step reads, by the path that the project file has for it: `data/$day.csv` is one dataset.
    func file(_ input: String, of step: Step) -> String {
        if let dataset = dataset(of: step.name), let specification = project.datasets[dataset] {
            return input == "contract" ? specification.contract : specification.source
        }
        if let path = project.steps[step.name]?.inputs[input] { return path }
        if let webhook = project.steps[step.name]?.payloads[input] { return "webhook \(webhook)" }
        return step.paths[input] ?? "\(step.name).\(input)"
    }

    /// What a step's input is called.
    func input(_ name: String, of step: Step) -> String {
        switch step.inputs[name] {
        case .output(let source, let output): self.output(output, of: source)
        case .external, .file, nil: file(name, of: step)
        }
    }

    /// The dataset whose snapshot a step makes.
    func dataset(of step: String) -> String? { name(step, "dataset", project.datasets) }

    /// The feature view that a step makes the rows of.
    func view(of step: String) -> String? { name(step, "features", project.features) }

    /// The word for what kind of step it is.
    func kind(of step: String) -> String {
        switch project.steps[step]?.work {
        case .shell, .words: return "command"
        case .deploy: return "deploy"
        case .score: return "score"
        case .index: return "index"
        case .monitor: return "monitor"
        case .evaluate: return "evaluate"
        case nil: return step.split(separator: " ").first.map(String.init) ?? "step"
        }
    }

    private func name<Value>(_ step: String, _ kind: String, _ declared: [String: Value]) -> String? {
        guard project.steps[step] == nil, step.hasPrefix("\(kind) ") else { return nil }
        let name = String(step.dropFirst(kind.count + 1))
        return declared[name] == nil ? nil : name
    }
}
