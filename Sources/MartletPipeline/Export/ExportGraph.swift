package import MartletCore

/// A project's graph as other engines can be told it: each step is a command that runs that one step.
///
/// The commands do the work and keep Martlet's records; the other engine decides only when and where each runs.
package struct ExportGraph: Sendable, Equatable {
    package let project: String
    /// Who is told; `nil` where nobody is named.
    package let owner: String?
    /// Each after the steps that it needs.
    package let steps: [ExportStep]
    package let schedules: [ExportSchedule]

    /// - Throws: `specificationBroken` for a graph that cannot be run: names twice, needs that are not there, cycles, empty commands.
    package init(project: String, owner: String? = nil, steps: [ExportStep], schedules: [ExportSchedule] = []) throws {
        self.project = project
        self.owner = owner
        self.schedules = schedules
        try Self.refuseTwice(steps.map(\.name), what: "step")
        try Self.refuseTwice(schedules.map(\.name), what: "schedule")
        for step in steps { try step.check() }
        self.steps = try Self.sorted(steps)
        let names = Set(steps.map(\.name))
        for schedule in schedules {
            for name in schedule.steps where !names.contains(name) {
                throw MartletError(.specificationBroken, "schedule '\(schedule.name)' runs '\(name)': the project has no such step")
            }
        }
    }

    /// What is exported as one: a schedule with the steps that it needs, or all steps where nothing is scheduled.
    struct Part: Equatable {
        let schedule: ExportSchedule?
        let steps: [ExportStep]
    }

    /// One for each schedule.
    var parts: [Part] {
        schedules.isEmpty
            ? [Part(schedule: nil, steps: steps)]
            : schedules.map { Part(schedule: $0, steps: needed(for: $0.steps)) }
    }

    /// Steps and all before them, in order; all where none is named.
    private func needed(for names: [String]) -> [ExportStep] {
        guard !names.isEmpty else { return steps }
        var needed = Set(names)
        for step in steps.reversed() where needed.contains(step.name) { needed.formUnion(step.upstream) }
        return steps.filter { needed.contains($0.name) }
    }

    private static func refuseTwice(_ names: [String], what: String) throws {
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            throw MartletError(.specificationBroken, "\(what) '\(name)' is there twice: give each a name of its own")
        }
    }

    /// Each step after what it needs; a step that waits for nothing more comes before those that it makes ready.
    private static func sorted(_ steps: [ExportStep]) throws -> [ExportStep] {
        let position = Dictionary(uniqueKeysWithValues: steps.enumerated().map { ($1.name, $0) })
        var openCount = steps.map { Set($0.upstream).count }
        var followers = Array(repeating: [Int](), count: steps.count)
        for (index, step) in steps.enumerated() {
            for name in Set(step.upstream) {
                guard let before = position[name] else {
                    throw MartletError(.specificationBroken, "step '\(step.name)' needs '\(name)': the project has no such step")
                }
                followers[before].append(index)
            }
        }
        var order = steps.indices.filter { openCount[$0] == 0 }
        var next = 0
        while next < order.count {
            for follower in followers[order[next]] {
                openCount[follower] -= 1
                if openCount[follower] == 0 { order.append(follower) }
            }
            next += 1
        }
        guard order.count == steps.count else {
            let cycle = steps.indices.filter { openCount[$0] > 0 }.map { "'\(steps[$0].name)'" }.joined(separator: ", ")
            throw MartletError(.specificationBroken, "steps \(cycle) wait for one another: take one of their needs away")
        }
        return order.map { steps[$0] }
    }
}

/// When an engine runs steps by itself.
package struct ExportSchedule: Sendable, Equatable {
    /// What becomes of times at which the engine was down.
    package enum Missed: Sendable, Equatable {
        /// The last of them is made up for.
        case latest
        /// Those from this time on.
        case all(since: Timestamp)
        case skip
    }

    package let name: String
    /// Five fields.
    package let cron: String
    /// A time zone by its name in the IANA database.
    package let zone: String
    package let missed: Missed
    /// The steps that are wanted; with all that they need. All where none is named.
    package let steps: [String]

    package init(name: String, cron: String, zone: String, missed: Missed, steps: [String] = []) {
        self.name = name
        self.cron = cron
        self.zone = zone
        self.missed = missed
        self.steps = steps
    }
}

extension ExportGraph.Part {
    /// The steps that run for elements of a list, of which there may be none.
    var mayBeEmpty: Set<String> { Set(steps.filter { $0.elements != nil }.map(\.name)) }
}

extension [String] {
    /// In order, each once.
    func uniqued() -> [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
