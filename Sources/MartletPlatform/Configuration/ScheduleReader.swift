import Foundation
import MartletCore
import MartletPipeline

/// Reads the schedules and triggers of a project file. Each part is `nil` where a fault was reported.
struct ScheduleReader {
    /// The names of all steps, also of faulty ones: a reference to one of those is no further fault.
    let steps: [String]
    /// The names of the datasets.
    let datasets: [String]
    /// The names of the endpoints.
    let endpoints: [String]
    /// The project's folder.
    let folder: String

    private static let events = ["file", "snapshot", "upstream", "webhook", "drift"]

    // MARK: Schedules

    /// Reads a section of schedules.
    func schedules(_ node: SpecificationNode?) -> [String: ScheduleSpecification] {
        var schedules: [String: ScheduleSpecification] = [:]
        for (name, member) in node?.members ?? [] where member.keyName != nil { schedules[name] = schedule(member) }
        return schedules
    }

    private func schedule(_ node: SpecificationNode) -> ScheduleSpecification? {
        guard let object = node.object(required: ["cron", "run"], optional: ["zone", "missed"]) else { return nil }
        let run = run(object["run"])
        let missed = object["missed"]?.choice(MissedPolicy.allCases.map(\.rawValue)).flatMap(MissedPolicy.init)
        guard let cron = object["cron"].flatMap({ node in node.string.flatMap { text in reported(node) { try CronExpression(text) } } })
        else { return nil }
        let zone = object["zone"]
        guard let name = zone == nil ? "UTC" : zone?.string else { return nil }
        guard let schedule = reported(zone ?? node, { try Schedule(cron: cron, zone: name, missed: missed ?? .latest) }), let run else {
            return nil
        }
        return ScheduleSpecification(schedule, run: run)
    }

    /// What is thrown is a fault of a place.
    private func reported<Value>(_ node: SpecificationNode, _ body: () throws -> Value) -> Value? {
        do {
            return try body()
        } catch {
            node.report("\(error)")
            return nil
        }
    }

    /// The steps that are run: at least one.
    private func run(_ node: SpecificationNode?) -> [String]? {
        guard let node else { return nil }
        let names = node.items.compactMap { $0.reference(to: steps, "step") }
        guard !node.items.isEmpty else { return node.expected("the names of steps") }
        return names.count == node.items.count ? names : nil
    }

    // MARK: Triggers

    /// The webhooks of a section of triggers, for those who name them; its faults are told when it is read.
    static func webhooks(_ node: SpecificationNode) -> Set<String> {
        guard node.isMapping else { return [] }
        let given = node.members.map(\.value).filter(\.isMapping).flatMap(\.members).filter { $0.key == "webhook" }.map(\.value)
        return Set(given.filter { !$0.isMapping && !$0.isList }.compactMap(\.text))
    }

    /// Reads a section of triggers.
    func triggers(_ node: SpecificationNode?) -> [String: TriggerSpecification] {
        var triggers: [String: TriggerSpecification] = [:]
        for (name, member) in node?.members ?? [] where member.keyName != nil {
            guard let trigger = trigger(member) else { continue }
            if case .webhook = trigger.event, let other = triggers.first(where: { $0.value.event == trigger.event })?.key {
                member.report("the trigger '\(other)' has the webhook of this one; give it another name, or let '\(other)' run more steps")
            }
            triggers[name] = trigger
        }
        return triggers
    }

    private func trigger(_ node: SpecificationNode) -> TriggerSpecification? {
        guard let object = node.object(required: ["run"], optional: Self.events + ["secret"]) else { return nil }
        let run = run(object["run"])
        let given = Self.events.filter { object[$0] != nil }
        guard given.count == 1, let kind = given.first, let member = object[kind] else {
            return node.expected("one of \(Self.events.joined(separator: ", "))")
        }
        let secret = object["secret"].flatMap { self.secret($0, kind) }
        guard let event = event(kind, member), let run else { return nil }
        return TriggerSpecification(event, run: run, secret: secret)
    }

    /// The name of a variable: the secret itself has no place in a project file.
    private func secret(_ node: SpecificationNode, _ kind: String) -> String? {
        guard kind == "webhook" else {
            node.report("'secret' is for a trigger with 'webhook'; remove it")
            return nil
        }
        guard let name = node.string else { return nil }
        guard name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]{0,127}/) != nil else {
            // What stands there may be the secret.
            node.report("expected the name of a variable that holds the secret, of letters, digits and '_', and not the secret itself")
            return nil
        }
        guard InheritedVariables.isSecret(name) else {
            node.report("commands inherit the variable '\(name)'; name one that they do not see, such as \(name)_SECRET")
            return nil
        }
        return name
    }

    private func event(_ kind: String, _ node: SpecificationNode) -> TriggerSpecification.Event? {
        switch kind {
        case "file":
            guard let pattern = node.string else { return nil }
            guard !pattern.hasPrefix("/"), !pattern.split(separator: "/").contains("..") else {
                return node.expected("a pattern of files in the project's folder, such as incoming/*.csv")
            }
            return .file(pattern: pattern)
        case "snapshot": return node.reference(to: datasets, "dataset").map { .snapshot(dataset: $0) }
        case "upstream":
            guard let path = node.string else { return nil }
            guard !isOwn(path) else { return node.expected("a project file of another folder: those of one folder share their home") }
            return .upstream(project: path)
        case "drift": return drift(node).map { .drift($0) }
        default: return node.name.map { .webhook(name: $0) }
        }
    }

    /// Whether a project file is in this project's folder: its own runs would fire it for ever.
    private func isOwn(_ path: String) -> Bool {
        let file = URL(filePath: path.hasPrefix("/") ? path : "\(folder)/\(path)")
        return file.deletingLastPathComponent().standardizedFileURL.path == URL(filePath: folder).standardizedFileURL.path
    }
}
