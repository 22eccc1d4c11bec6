import Foundation
import MartletCore
import MartletPipeline

/// Reads the steps of a project file. Each part is `nil` where a fault was reported.
struct StepReader {
    /// The names of Martlet's own steps, whose outputs may be needed too.
    let ownSteps: Set<String>
    /// The project's folder.
    let folder: String
    /// How many files include this one.
    var depth = 0
    /// What the file that includes this one gives.
    var taken: Set<String> = []
    /// The webhooks that triggers are declared for.
    var webhooks: Set<String> = []

    private static let commonKeys = [
        "needs", "parameters", "resources", "retry", "when", "each", "tolerate", "always", "expires", "model", "owner", "once",
    ]
    private static let commandKeys = ["code", "inputs", "outputs", "environment", "inherits", "secrets", "heartbeat"]
    private static let works = ["run", "deploy", "score", "index", "monitor", "evaluate"]

    /// Reads a section of steps.
    func section(_ node: SpecificationNode?) -> StepSection {
        var section = StepSection()
        for (name, member) in node?.members ?? [] {
            guard member.keyName != nil else { continue }
            if member.isMapping, member.members.contains(where: { $0.key == "pipeline" }) {
                include(name, member, into: &section)
            } else if let step = step(member) {
                if ownSteps.contains(name) || name == Self.takes { member.report("'\(name)' is a name of Martlet's own; choose another") }
                section.steps[name] = step
            }
        }
        section.resolve()
        checkReferences(node, section)
        return section
    }

    private func step(_ node: SpecificationNode) -> StepSpecification? {
        guard let object = node.object(optional: Self.works + Self.commonKeys + Self.commandKeys + ["slices"]) else { return nil }
        let given = Self.works.filter { object[$0] != nil }
        guard given.count == 1 else { return node.expected("one of \(Self.works.joined(separator: ", "))") }
        guard let work = work(given[0], object) else { return nil }
        var step = StepSpecification(work)
        if !step.isCommand {
            for key in Self.commandKeys + ["parameters"] where key != "inputs" {
                object[key]?.report("'\(key)' is for steps with 'run'; remove it")
            }
        }
        if case .evaluate = step.work {} else { object["slices"]?.report("'slices' is for steps with 'evaluate'; remove it") }
        readContents(object, &step)
        readPolicy(object, &step)
        checkPaths(object, step)
        checkNames(step, node)
        return step
    }

    private func work(_ key: String, _ object: SpecificationObject) -> StepSpecification.Work? {
        guard let node = object[key] else { return nil }
        switch key {
        case "run":
            if node.isList {
                guard let words = node.strings, !words.isEmpty else { return node.expected("a program and its arguments") }
                return .words(words)
            }
            return node.string.map { .shell($0) }
        case "deploy":
            checkNothingIsRead(object, by: key)
            return node.string.map { .deploy(endpoint: $0) }
        case "score":
            checkTable(object, of: key, isNeeded: true)
            return node.string.map { .score(model: $0) }
        case "index":
            checkTable(object, of: key, isNeeded: true)
            return index(node).map { .index($0) }
        case "evaluate":
            checkTable(object, of: key, isNeeded: false)
            return evaluation(node, object)
        default:
            checkNothingIsRead(object, by: key)
            return node.string.map { .monitor(endpoint: $0) }
        }
    }

    private func checkNothingIsRead(_ object: SpecificationObject, by work: String) {
        for key in ["inputs", "needs"] { object[key]?.report("'\(work)' reads nothing that is declared; remove '\(key)'") }
    }

    /// What these steps read is a table `rows`, and nothing else.
    private func checkTable(_ object: SpecificationObject, of work: String, isNeeded: Bool) {
        let given = [object["inputs"], object["needs"]].compactMap { $0 }
        let members = given.filter(\.isMapping).flatMap(\.members)
        for (name, member) in members where name != "rows" {
            member.report("'\(work)' reads a table 'rows' alone; remove '\(name)', or call it 'rows'")
        }
        if isNeeded, given.allSatisfy(\.isMapping), members.isEmpty {
            object[work]?.report("'\(work)' reads a table: name it 'rows', under 'inputs' for a file or under 'needs' for an output")
        }
    }

    private func evaluation(_ node: SpecificationNode, _ object: SpecificationObject) -> StepSpecification.Work? {
        let models = ownSteps.filter { $0.hasPrefix("train ") }.map { String($0.dropFirst("train ".count)) }
        let slices = object["slices"].map { $0.strings ?? [] } ?? []
        if Set(slices).count < slices.count { object["slices"]?.report("expected columns that differ, found one twice") }
        return node.reference(to: models, "model").map { .evaluate(model: $0, slices: slices) }
    }

    // MARK: What it reads and makes

    private func readContents(_ object: SpecificationObject, _ step: inout StepSpecification) {
        step.code = object["code"]?.strings ?? []
        readInputs(object["inputs"], &step)
        step.needs = named(object["needs"]) { reference($0) }
        step.outputs = named(object["outputs"]) { outputName($0) }
        step.parameters = named(object["parameters"]) { node in
            parameter(node)
        }
        for (name, value) in object["environment"]?.members ?? [] {
            guard isVariable(name) else {
                value.report("expected the name of a variable, of letters, digits and '_', found '\(name.prefix(80))'")
                continue
            }
            step.environment[name] = value.text
        }
        step.inherits = variables(object["inherits"])
        step.secrets = variables(object["secrets"])
        step.each = (object["each"]?.members ?? []).compactMap { name, node in
            node.variableName == nil ? nil : fanOut(name, node)
        }
    }

    /// Files and folders of the project, and what webhooks were sent.
    private func readInputs(_ node: SpecificationNode?, _ step: inout StepSpecification) {
        for (name, member) in node?.members ?? [] where member.variableName != nil {
            if !member.isMapping {
                step.inputs[name] = member.string
            } else if !step.isCommand {
                member.report("what a webhook was sent is for steps with 'run'; name a file or folder")
            } else {
                step.payloads[name] = member.object(required: ["webhook"])?["webhook"].flatMap(webhook)
            }
        }
    }

    private func webhook(_ node: SpecificationNode) -> String? {
        guard let name = node.string else { return nil }
        guard !webhooks.contains(name) else { return name }
        let hint = nearest(to: name, among: webhooks).map { "did you mean '\($0)'?" } ?? "declare one under 'triggers'"
        node.report("there is no trigger with the webhook '\(name.prefix(80))'; \(hint)")
        return nil
    }

    /// Members whose names become variables of the command.
    func named<Value>(_ node: SpecificationNode?, _ read: (SpecificationNode) -> Value?) -> [String: Value] {
        var values: [String: Value] = [:]
        for (name, member) in node?.members ?? [] where member.variableName != nil { values[name] = read(member) }
        return values
    }

    func parameter(_ node: SpecificationNode) -> JSONValue? {
        node.isList || node.isMapping ? node.expected("a text, a number or true or false") : node.json
    }

    func reference(_ node: SpecificationNode) -> OutputReference? {
        guard let text = node.string else { return nil }
        return OutputReference(text) ?? node.expected("an output of a step, such as split.train")
    }

    private func outputName(_ node: SpecificationNode) -> String? {
        guard let text = node.string else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let names = text.hasSuffix("/") ? parts.dropLast() : parts[...]
        guard names.count == 1, let name = names.first, !name.isEmpty, name != ".", name != "..", name.utf8.count <= 200 else {
            return node.expected("the name of a file such as model.txt, or of a folder such as parts/")
        }
        return text
    }

    private func variables(_ node: SpecificationNode?) -> [String] {
        (node?.items ?? []).compactMap { item in
            guard let name = item.string else { return nil }
            return isVariable(name) ? name : item.expected("the name of a variable, of letters, digits and '_'")
        }
    }

    private func isVariable(_ name: String) -> Bool { name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]{0,127}/) != nil }

    private func fanOut(_ key: String, _ node: SpecificationNode) -> FanOutSpecification? {
        if node.isMapping { return range(node).map { FanOutSpecification(key: key, values: .range($0)) } }
        if node.isList {
            let values = node.items.compactMap { item in item.string }
            guard Set(values).count == values.count else {
                node.report("expected values that differ, found one twice")
                return nil
            }
            return FanOutSpecification(key: key, values: .list(values))
        }
        guard let text = node.string else { return nil }
        guard let output = OutputReference(text) else {
            return node.expected("a list of values, a range such as {days: {from: 2024-01-01}}, or an output of a step such as split.parts")
        }
        return FanOutSpecification(key: key, values: .output(output))
    }

    private func range(_ node: SpecificationNode) -> PartitionRange? {
        let units = Partition.Unit.allCases.map(\.rawValue)
        guard let object = node.object(optional: units) else { return nil }
        let given = units.filter { object[$0] != nil }
        guard given.count == 1, let name = given.first, let unit = Partition.Unit(rawValue: name), let inner = object[name],
            let parts = inner.object(required: ["from"], optional: ["to", "zone", "late"]), let from = parts["from"]?.string
        else { return given.count == 1 ? nil : node.expected("one of \(units.joined(separator: ", "))") }
        do {
            return try PartitionRange(
                unit, from: from, to: parts["to"]?.string, zone: parts["zone"]?.string ?? "UTC",
                late: parts["late"]?.int(in: 0...PartitionRange.countMax) ?? 0)
        } catch {
            inner.report("\(error)")
            return nil
        }
    }

    // MARK: What it needs, and what happens

    private func readPolicy(_ object: SpecificationObject, _ step: inout StepSpecification) {
        if let node = object["resources"] { step.resources = resources(node) }
        if let node = object["retry"] { step.retry = retry(node) }
        step.heartbeat = object["heartbeat"]?.duration(in: .seconds(1)...(.seconds(86_400)))
        step.isOnceOnly = object["once"]?.bool ?? false
        step.condition = object["when"].flatMap(reference)
        step.tolerance = object["tolerate"]?.fraction(in: 0...1) ?? 0
        step.lifetime = object["expires"]?.duration(in: .seconds(1)...(.seconds(1_000_000_000)))
        if object["always"]?.bool ?? false {
            if step.lifetime != nil {
                object["expires"]?.report("the step always runs, so that nothing expires; remove 'expires' or 'always'")
            }
            step.lifetime = .zero
        }
        step.model = object["model"]?.string
        step.owner = object["owner"]?.string
    }

    private func resources(_ node: SpecificationNode) -> StepResources {
        var resources = StepResources()
        for (name, value) in node.members {
            switch name {
            case "cores": resources.cores = value.double(in: 0...4_096) ?? resources.cores
            case "memory": resources.memoryBytes = value.sizeBytes(in: (1 << 20)...(1 << 50))
            case "accelerators": resources.accelerators = value.int(in: 0...1_024) ?? 0
            case "time": resources.timeLimit = value.duration(in: .milliseconds(100)...(.seconds(31_536_000)))
            default: if value.variableName != nil { resources.named[name] = value.int(in: 1...1_000_000) }
            }
        }
        return resources
    }

    private func retry(_ node: SpecificationNode) -> RetryPolicy {
        var policy = RetryPolicy(times: 2)
        guard node.isMapping else {
            policy.times = node.int(in: 0...RetryPolicy.timesMax) ?? 0
            return policy
        }
        guard let object = node.object(optional: ["times", "wait", "factor", "wait_max", "on"]) else { return policy }
        if let times = object["times"]?.int(in: 0...RetryPolicy.timesMax) { policy.times = times }
        if let wait = object["wait"]?.duration(in: .zero...(.seconds(86_400))) { policy.waitSeconds = wait / .seconds(1) }
        if let factor = object["factor"]?.double(in: 1...100) { policy.factor = factor }
        if let wait = object["wait_max"]?.duration(in: .zero...(.seconds(86_400))) { policy.waitMaxSeconds = wait / .seconds(1) }
        if let node = object["on"] {
            let kinds = StepFailure.Kind.retriable.map(\.rawValue)
            policy.kinds = Set(node.items.compactMap { $0.choice(kinds).flatMap(StepFailure.Kind.init) })
        }
        return policy
    }

    // MARK: Faults that take a look at the whole

    /// Paths that differ by instance, with the values that are known.
    private func checkPaths(_ object: SpecificationObject, _ step: StepSpecification) {
        func members(_ key: String) -> [(key: String, value: SpecificationNode)] {
            guard let node = object[key], node.isMapping else { return [] }
            return node.members
        }
        // What is wrong with 'each' is said there.
        guard step.each.count == members("each").count else { return }
        for (name, node) in members("inputs") where step.inputs[name] != nil {
            do {
                guard let pattern = try step.path(of: name), pattern.whole == nil else { continue }
                for values in step.knownValues { _ = try pattern.path(of: values) }
            } catch {
                node.report(error.message)
            }
        }
    }

    private func checkNames(_ step: StepSpecification, _ node: SpecificationNode) {
        let names =
            Array(step.inputs.keys) + step.payloads.keys + step.needs.keys + step.outputs.keys + step.parameters.keys + step.each.map(\.key)
        for name in Set(names).sorted() where names.count(where: { $0 == name }) > 1 {
            node.report("'\(name)' names two things of this step, which its command would see as one variable; rename one")
        }
        if step.tolerance > 0, step.each.isEmpty { node.report("'tolerate' is for a step that is fanned out with 'each'; remove it") }
    }

    private func checkReferences(_ node: SpecificationNode?, _ section: StepSection) {
        let steps = section.steps
        let names = Set(node?.members.map(\.key) ?? []).union(ownSteps).union(steps.keys)
        for (name, member) in node?.members ?? [] {
            guard let step = steps[name] else { continue }
            let dynamic = step.each.compactMap { if case .output(let reference) = $0.values { reference } else { nil } }
            for reference in step.needs.values.sorted(by: { "\($0)" < "\($1)" }) + dynamic + (step.condition.map { [$0] } ?? []) {
                if reference.step == Self.takes, depth > 0 {
                    if !taken.contains(reference.output) {
                        member.report("'\(reference)' is not among what this pipeline takes; add it to 'takes'")
                    }
                } else if steps[reference.step] == nil, names.contains(reference.step), !ownSteps.contains(reference.step) {
                    member.report("the pipeline '\(reference.step)' makes no output '\(reference.output)' known; add it to its 'outputs'")
                } else if !names.contains(reference.step) {
                    let hint = nearest(to: reference.step, among: names).map { "did you mean '\($0)'?" } ?? "declare it"
                    member.report("there is no step '\(reference.step)'; \(hint)")
                } else if let made = steps[reference.step]?.outputNames, !made.contains(reference.output) {
                    let hint =
                        nearest(to: reference.output, among: made).map { "did you mean '\($0)'?" }
                        ?? "it makes \(made.isEmpty ? "none" : made.sorted().joined(separator: ", "))"
                    member.report("the step '\(reference.step)' makes no output '\(reference.output)'; \(hint)")
                }
            }
            for reference in dynamic where !(steps[reference.step]?.each.isEmpty ?? true) {
                member.report("'\(reference)' says what '\(name)' is fanned out by, and is fanned out itself; join it first")
            }
        }
    }
}

extension StepSpecification {
    /// Values of keys, one key at a time, beside others that no path minds.
    fileprivate var knownValues: [[String: String]] {
        let others = Dictionary(each.map { ($0.key, "…") }, uniquingKeysWith: { $1 })
        return each.flatMap { each -> [[String: String]] in
            guard case .list(let values) = each.values else { return [] }
            return values.map { others.merging([each.key: $0]) { $1 } }
        }
    }

    /// Whether it is a command, rather than something of Martlet's own.
    var isCommand: Bool {
        switch work {
        case .shell, .words: true
        case .deploy, .score, .index, .monitor, .evaluate: false
        }
    }

    /// The names of the outputs that it makes.
    var outputNames: Set<String> {
        switch work {
        case .shell, .words: Set(outputs.keys)
        case .deploy: ["release"]
        case .score: ["predictions"]
        case .index: ["index"]
        case .monitor, .evaluate: ["report"]
        }
    }
}

extension StepFailure.Kind {
    /// Those that another attempt may do better at.
    static let retriable: [Self] = [.lost, .exit, .signal, .time, .memory, .cpu, .heartbeat, .start, .output]
}
