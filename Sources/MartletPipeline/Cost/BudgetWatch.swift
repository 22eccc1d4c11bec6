package import MartletCore

/// Watches what a run spends of budgets: it says before a step begins whether it may, and what there is to be told.
///
/// What runs counts as spent already, with what it cost before as far as anybody knows; so does the step that is about to begin. A step that
/// no budget covers always begins. It knows no clock; a period that ends during a run begins anew.
package struct BudgetWatch: Sendable {
    /// What was found before a step begins.
    package struct Finding: Sendable, Equatable {
        /// What was not told before.
        package let warnings: [String]
        /// Why it must not begin; `nil` where it may.
        package let stop: String?
    }

    /// A budget, and what is spent of it.
    private struct Purse: Sendable {
        let budget: Budget
        var period: (start: Timestamp, end: Timestamp)
        var spent: Double
        /// What runs will cost, by step.
        var planned: [StepID: Double] = [:]
        var isWarned = false
        var isStopped = false
    }

    private let prices: PriceTable
    private let estimates: [String: UsageAmount]
    private let record: @Sendable (StepID, UsageAmount, Timestamp) -> UsageRecord
    private var purses: [Purse]

    /// - Parameters:
    ///   - spent: what was used since the budgets' periods began, before this run.
    ///   - estimates: what an attempt at a step will use, by the step's name; one that is missing counts as nothing until it has ended.
    ///   - record: what an attempt at a step is in the accounts.
    package init(
        _ budgets: [Budget], prices: PriceTable, spent: [UsageRecord], estimates: [String: UsageAmount] = [:], at now: Timestamp,
        record: @escaping @Sendable (StepID, UsageAmount, Timestamp) -> UsageRecord
    ) {
        self.prices = prices
        self.estimates = estimates
        self.record = record
        purses = budgets.map { budget in
            let period = budget.interval(at: now)
            return Purse(budget: budget, period: period, spent: budget.spent(spent, in: period, prices))
        }
    }

    /// Says whether a step may begin. One that may counts as running from now on, until it has `ended`.
    package mutating func begins(_ id: StepID, at now: Timestamp) -> Finding {
        let usage = record(id, estimates[id.step] ?? UsageAmount(), now)
        let cost = prices.cost(of: usage.amount)
        let covering = purses.indices.filter { purses[$0].budget.covers(usage) }
        for position in covering { purses[position].planned[id] = cost }
        var (warnings, stop): ([String], String?) = ([], nil)
        for position in covering {
            let (warning, reason) = judge(position, at: now)
            warnings += warning.map { [$0] } ?? []
            stop = stop ?? reason
        }
        if stop != nil { for position in covering { purses[position].planned[id] = nil } }
        return Finding(warnings: warnings, stop: stop)
    }

    /// Puts down what an attempt used, however it ended. - Returns: what there is to tell.
    package mutating func ended(_ id: StepID, _ amount: UsageAmount, at now: Timestamp) -> [String] {
        let usage = record(id, amount, now)
        return purses.indices.filter { purses[$0].budget.covers(usage) }.compactMap { position in
            turn(position, at: now)
            purses[position].planned[id] = nil
            purses[position].spent += prices.cost(of: amount)
            return judge(position, at: now, isStopping: false).warning
        }
    }

    /// What is to be told of a budget, once, and why nothing of it may begin.
    private mutating func judge(_ position: Int, at now: Timestamp, isStopping: Bool = true) -> (warning: String?, stop: String?) {
        turn(position, at: now)
        let purse = purses[position]
        let planned = purse.planned.values.reduce(0, +)
        switch purse.budget.verdict(spent: purse.spent, planned: planned, prices: prices, at: now) {
        case .within: return (nil, nil)
        case .warn(_, let message):
            purses[position].isWarned = true
            return (purse.isWarned ? nil : message, nil)
        case .stop(_, let message):
            // What runs goes on; the next one that would begin is told.
            guard isStopping else { return (nil, nil) }
            purses[position].isStopped = true
            return (purse.isStopped ? nil : message, message)
        }
    }

    /// Begins anew where the period is over.
    private mutating func turn(_ position: Int, at now: Timestamp) {
        guard now >= purses[position].period.end else { return }
        purses[position].period = purses[position].budget.interval(at: now)
        purses[position].spent = 0
        (purses[position].isWarned, purses[position].isStopped) = (false, false)
    }
}
