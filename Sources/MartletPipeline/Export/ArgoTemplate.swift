import MartletCore

/// The WorkflowTemplate of a graph: a template that runs each part of it, and one for each command.
struct ArgoTemplate {
    /// The templates that run the parts of the graph, in their order.
    let entrypoints: [String]
    private let graph: ExportGraph
    private let settings: ArgoExport.Settings
    private let names: [String: StepNames]

    /// The templates of a step, which are also its tasks.
    private struct StepNames {
        let step: String
        let condition: String
        let list: String
    }

    init(graph: ExportGraph, settings: ArgoExport.Settings) {
        self.graph = graph
        self.settings = settings
        var names = ExportNames(ArgoExport.names(lengthMax: ArgoExport.templateNameLengthMax))
        var entrypoints: [String] = []
        for part in graph.parts { entrypoints.append(names.name(for: part.schedule.map { "run-\($0.name)" } ?? "run")) }
        self.entrypoints = entrypoints
        var steps: [String: StepNames] = [:]
        for step in graph.steps {
            let name = names.name(for: step.name)
            steps[step.name] = StepNames(
                step: name, condition: names.name(for: name, suffix: "-when"), list: names.name(for: name, suffix: "-list"))
        }
        self.names = steps
    }

    func manifest(named name: String) throws -> YAMLText {
        var templates = zip(graph.parts, entrypoints).map(dag)
        for step in graph.steps { templates += try self.templates(step) }
        var spec: [(String, YAMLText)] = [("entrypoint", .text(entrypoints[0]))]
        if let volume = settings.volume {
            let claim = YAMLText.mapping([("claimName", .text(volume.claim))])
            spec.append(("volumes", .list([.mapping([("name", .text("project")), ("persistentVolumeClaim", claim)])])))
        }
        return ArgoExport.manifest("WorkflowTemplate", named: name, spec: spec + [("templates", .list(templates))])
    }

    private func names(_ step: String) -> StepNames {
        guard let names = names[step] else { preconditionFailure("a step that is not in its own graph") }
        return names
    }
}

// MARK: - What waits for what

extension ArgoTemplate {
    private func dag(_ part: ExportGraph.Part, _ name: String) -> YAMLText {
        let mayBeEmpty = part.mayBeEmpty
        let tasks = part.steps.flatMap { step in
            // Without elements a task counts as skipped, and must not keep back what comes after it. Behind a condition that does not
            // hold it counts as omitted, as it should.
            let depends = step.upstream.uniqued().map { upstream in
                let task = names(upstream).step
                return mayBeEmpty.contains(upstream) ? "(\(task).Succeeded || \(task).Skipped)" : "\(task).Succeeded"
            }
            return self.tasks(step, after: depends.joined(separator: " && "))
        }
        return .mapping([("name", .text(name)), ("dag", .mapping([("tasks", .list(tasks))]))])
    }

    private func tasks(_ step: ExportStep, after depends: String) -> [YAMLText] {
        let names = names(step.name)
        var tasks: [YAMLText] = []
        var (depends, when) = (depends, "")
        if step.condition != nil {
            tasks.append(task(names.condition, after: depends))
            (depends, when) = ("\(names.condition).Succeeded", "'{{tasks.\(names.condition).outputs.result}}' == 'true'")
        }
        guard step.elements != nil else { return tasks + [task(names.step, after: depends, when: when)] }
        tasks.append(task(names.list, after: depends, when: when))
        let element = YAMLText.mapping([("name", .text("element")), ("value", .text("{{item}}"))])
        let each: [(String, YAMLText)] = [
            ("arguments", .mapping([("parameters", .list([element]))])), ("withParam", .text("{{tasks.\(names.list).outputs.result}}")),
        ]
        return tasks + [task(names.step, after: "\(names.list).Succeeded", each: each)]
    }

    private func task(_ name: String, after depends: String, when: String = "", each: [(String, YAMLText)] = []) -> YAMLText {
        var members: [(String, YAMLText)] = [("name", .text(name)), ("template", .text(name))]
        if !depends.isEmpty { members.append(("depends", .text(depends))) }
        if !when.isEmpty { members.append(("when", .text(when))) }
        return .mapping(members + each)
    }
}

// MARK: - Commands

extension ArgoTemplate {
    private func templates(_ step: ExportStep) throws -> [YAMLText] {
        let names = names(step.name)
        var templates: [YAMLText] = []
        if let condition = step.condition { templates.append(try small(names.condition, condition, step)) }
        if let elements = step.elements { templates.append(try small(names.list, elements, step)) }
        var members: [(String, YAMLText)] = [("name", .text(names.step))]
        if step.elements != nil {
            members.append(("inputs", .mapping([("parameters", .list([.mapping([("name", .text("element"))])]))])))
        }
        members.append(("metadata", .mapping([("annotations", .mapping([("martlet/step", .text(Self.untemplated(step.name)))]))])))
        if let time = step.resources.time { members.append(("activeDeadlineSeconds", .text("\(time.secondsRoundedUp)"))) }
        members += retry(step)
        let element = step.elements == nil ? nil : "{{inputs.parameters.element}}"
        members.append(("container", try container(step.command, element: element, resources(step.resources))))
        return templates + [.mapping(members)]
    }

    /// For a command that only looks something up.
    private func small(_ name: String, _ command: [String], _ step: ExportStep) throws -> YAMLText {
        .mapping([("name", .text(name))] + retry(step) + [("container", try container(command, element: nil, []))])
    }

    private func container(_ command: [String], element: String?, _ resources: [(String, YAMLText)]) throws -> YAMLText {
        let words = try ArgoCommand.words(command) + (element.map { [$0] } ?? [])
        var members: [(String, YAMLText)] = [("image", .text(settings.image)), ("command", .list(words.map(YAMLText.text)))]
        if let secret = settings.secret {
            members.append(("envFrom", .list([.mapping([("secretRef", .mapping([("name", .text(secret))]))])])))
        }
        if let volume = settings.volume {
            members.append(("volumeMounts", .list([.mapping([("name", .text("project")), ("mountPath", .text(volume.path))])])))
        }
        return .mapping(members + (resources.isEmpty ? [] : [("resources", .mapping(resources))]))
    }

    /// Memory is also a limit, so that a step which takes more is stopped and not its neighbour.
    private func resources(_ resources: ExportStep.Resources) -> [(String, YAMLText)] {
        var requests: [(String, YAMLText)] = []
        var limits: [(String, YAMLText)] = []
        if let cores = resources.cores { requests.append(("cpu", .text("\(Int64((cores * 1_000).rounded(.up)))m"))) }
        if let bytes = resources.memoryBytes {
            requests.append(("memory", .text("\(bytes)")))
            limits.append(("memory", .text("\(bytes)")))
        }
        if let accelerators = resources.accelerators, accelerators > 0 { limits.append(("nvidia.com/gpu", .text("\(accelerators)"))) }
        return [("requests", requests), ("limits", limits)].filter { !$1.isEmpty }.map { ($0, .mapping($1)) }
    }

    /// Argo takes whole factors only; a longer wait is the safer one. `Always` is for lost nodes as well as for failures.
    private func retry(_ step: ExportStep) -> [(String, YAMLText)] {
        guard let retry = step.retry, retry.count > 0 else { return [] }
        var backoff: [(String, YAMLText)] = [
            ("duration", .text("\(retry.wait.secondsRoundedUp)s")), ("factor", .text("\(Int64(retry.factor.rounded(.up)))")),
        ]
        if let most = retry.waitMax { backoff.append(("cap", .text("\(most.secondsRoundedUp)s"))) }
        let members: [(String, YAMLText)] = [
            ("limit", .text("\(retry.count)")), ("retryPolicy", .text("Always")), ("backoff", .mapping(backoff)),
        ]
        return [("retryStrategy", .mapping(members))]
    }

    /// A text for people, in which Argo finds nothing to put another text in the place of.
    private static func untemplated(_ text: String) -> String { text.replacing(scalars: "{{", with: "{ {") }
}
