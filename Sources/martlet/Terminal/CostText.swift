import MartletCore
import MartletPipeline

/// A cost report, and what is left of budgets, for people.
struct CostText {
    private let report: CostReport
    private let prices: PriceTable?
    private let budgets: [BudgetStanding]

    init(_ report: CostReport, prices: PriceTable?, budgets: [BudgetStanding]) {
        self.report = report
        self.prices = prices
        self.budgets = budgets
    }

    /// The lines. - Parameter span: since when, in words.
    func lines(_ span: String) -> [String] {
        guard !report.lines.isEmpty else { return ["nothing ran \(span)"] + budgetLines }
        let hint = prices == nil ? ["  no 'prices' are declared, so that usage alone is told"] : []
        return ["Cost by \(report.dimension.rawValue), \(span)"] + table.lines + hint + budgetLines
    }

    private var table: TextTable {
        let money = prices == nil ? [] : [">cost", ">share", ">saved"]
        var table = TextTable(
            [report.dimension.rawValue] + money
                + [">core \(unit)", ">memory GiB·\(unit)", ">accelerator \(unit)", ">read", ">written", ">runs", ">cached"])
        for line in report.lines { table.add(cells: cells(line, line.name ?? "(none)")) }
        if report.lines.count > 1 { table.add(cells: cells(report.total, "all")) }
        return table
    }

    private func cells(_ line: CostReport.Line, _ name: String) -> [String] {
        [name] + money(line) + [
            time(line.used.cpuSeconds), time(line.used.memoryByteSeconds / 0x1p30), time(line.used.acceleratorSeconds),
            line.used.bytesRead.sizeWords, line.used.bytesWritten.sizeWords, line.runCount.grouped, line.cachedCount.grouped,
        ]
    }

    private func money(_ line: CostReport.Line) -> [String] {
        guard let prices else { return [] }
        let share = report.total.cost > 0 ? "\((line.cost / report.total.cost * 100).formatted(places: 0))%" : ""
        return [prices.text(line.cost), share, prices.text(line.saved)]
    }

    /// Hours, or seconds where all together is less than an hour.
    private var unit: String { report.total.used.cpuSeconds < 3_600 ? "s" : "h" }

    private func time(_ seconds: Double) -> String { amount(unit == "s" ? seconds : seconds / 3_600) }

    /// Three places where there is little of it.
    private func amount(_ value: Double) -> String { value.formatted(places: value == 0 ? 0 : value < 10 ? 3 : 1) }

    private var budgetLines: [String] {
        guard let prices, !budgets.isEmpty else { return [] }
        var table = TextTable("budget", "of", ">spent", ">limit", ">share", "since", "")
        for standing in budgets {
            let budget = standing.budget
            table.add(
                budget.key, "\(budget.of.rawValue) \(budget.name)", prices.text(standing.spent),
                "\(prices.text(budget.limit)) a \(budget.per.rawValue)", "\((standing.share * 100).formatted(places: 0))%",
                standing.start.secondsText, standing.word)
        }
        return [""] + table.lines
    }
}

/// What is spent of a budget in its present period.
struct BudgetStanding {
    let budget: Budget
    let spent: Double
    let start: Timestamp
    let end: Timestamp

    init(_ budget: Budget, _ records: [UsageRecord], _ prices: PriceTable, at now: Timestamp) {
        self.budget = budget
        let period = budget.interval(at: now)
        (start, end) = period
        spent = budget.spent(records, in: period, prices)
    }

    var share: Double { spent / budget.limit }

    /// What follows from that; empty where nothing does.
    var word: String {
        if share >= 1 { return budget.stop ? "✗ nothing of it begins before \(end)" : "! spent" }
        return share >= budget.warnAt ? "! above \((budget.warnAt * 100).formatted(places: 0))%" : ""
    }

    var json: JSONValue {
        [
            "budget": .string(budget.key), "of": .string(budget.of.rawValue), "name": .string(budget.name), "spent": .number(spent),
            "limit": .number(budget.limit), "per": .string(budget.per.rawValue), "share": .number(share),
            "warn_at": .number(budget.warnAt), "stop": .boolean(budget.stop), "from": .string(start.description),
            "until": .string(end.description),
        ]
    }
}
