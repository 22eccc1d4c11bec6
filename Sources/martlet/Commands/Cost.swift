import ArgumentParser
import MartletCore
import MartletPipeline
import MartletPlatform

/// Says what steps used and cost, what the cache saved, and what is left of budgets.
struct Cost: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what steps used and cost, what caching saved, and what is left of budgets.",
        discussion: """
            Every attempt counts, failed ones too, when it ended. Cores count by the time that they were busy, memory by what was really \
            held, accelerators by what was set aside; bytes are those of all system calls that read or wrote. What was not run, as its \
            outputs were there, costs nothing: what it had used when it ran is what was saved. Whose cost a step is, is told by the \
            project as it is now: 'model' and 'owner' of the step, or the project's owner.

            Prices and budgets are declared in the project file:
              prices: {currency: EUR, core_hour: 0.04, memory_gib_hour: 0.005}
              budgets:
                demand: {of: model, name: demand, limit: 5.00, per: month, stop: true}

            EXAMPLES
              martlet cost
              martlet cost --by model --since 7d
              martlet cost --json | jq .total.cost
            """
    )

    @OptionGroup var options: ProjectOptions

    @Option(help: "What costs are told by: project, pipeline, step, model or owner.")
    var by = CostWord(dimension: .step)

    @Option(help: ArgumentHelp("How far back: days, hours, minutes, as 30d or 2d12h; a bare number is hours.", valueName: "age"))
    var since = Age(days: 30)

    func run() async throws {
        let platform = try options.platform()
        let project = platform.project
        let now = Timestamp.now
        let start = now - since.duration
        // Budgets may have begun before that.
        let first = project.budgets.map { $0.interval(at: now).start }.reduce(start, min)
        let records = try await ProjectUsage(project).records(platform.tracking().pipelines, from: first, until: now)
        let report = CostReport(records, by: by.dimension, since: start, prices: project.prices)
        let budgets = project.prices.map { prices in project.budgets.map { BudgetStanding($0, records, prices, at: now) } } ?? []
        guard options.json else {
            return CostText(report, prices: project.prices, budgets: budgets).lines("since \(start.secondsText)").forEach(Output.result)
        }
        var json = report.json.object ?? [:]
        json["from"] = .string(start.description)
        json["to"] = .string(now.description)
        json["budgets"] = .array(budgets.map(\.json))
        Output.result(JSONValue.object(json).prettyText)
    }
}

/// What costs are told by, as a word of the command line.
struct CostWord: ExpressibleByArgument {
    let dimension: CostDimension

    init(dimension: CostDimension) { self.dimension = dimension }

    init?(argument: String) {
        guard let dimension = CostDimension(rawValue: argument) else { return nil }
        self.dimension = dimension
    }

    var defaultValueDescription: String { dimension.rawValue }

    static var allValueStrings: [String] { CostDimension.allCases.map(\.rawValue) }
}

extension Age {
    /// So many days, as `30d`.
    init(days: Int) {
        guard let age = Age(argument: "\(days)d") else { preconditionFailure("\(days) days are an age") }
        self = age
    }
}
