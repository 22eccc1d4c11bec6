package import MartletCore
package import MartletPipeline

/// What the steps of a project used, with whose cost it is by the project as it is now.
package struct ProjectUsage: Sendable {
    /// An attempt that took longer than this may be missing in a span of time that it began before.
    static let attemptAtMost = Duration.seconds(30 * 86_400)
    /// So many executions tell what the next one will use.
    static let estimateCountMax = 5

    private let project: Project
    private let accounts: [String: Account]

    package init(_ project: Project) {
        self.project = project
        accounts = project.accounts
    }

    /// A record of an attempt, or of what was not run.
    package func record(
        _ step: String, _ amount: UsageAmount, at time: Timestamp, cached: Bool = false, count: Int = 1
    ) -> UsageRecord {
        let account = accounts[step] ?? Account()
        return UsageRecord(
            at: time, project: project.name, pipeline: project.pipeline(ofStep: step), step: step, model: account.model,
            owner: account.owner, amount: amount, cached: cached, count: count)
    }

    /// All that ended in a span of time, failed attempts too, and what was saved in it.
    package func records(_ store: PipelineStore, from start: Timestamp, until end: Timestamp) async throws -> [UsageRecord] {
        let attempts = try await store.attempts(from: start - Self.attemptAtMost, until: end)
        let used = attempts.compactMap { attempt -> UsageRecord? in
            guard let usage = attempt.usage, let time = attempt.endedAt, time >= start, time < end else { return nil }
            return record(attempt.id.step, UsageAmount(usage), at: time)
        }
        let saved = try await store.savings(from: start, until: end).map {
            record($0.step, UsageAmount($0.saved.usage), at: $0.at, cached: true, count: $0.saved.instances)
        }
        return used + saved
    }

    /// What there is to watch of the project's budgets when these steps run; `nil` where there are none.
    func watch(_ store: PipelineStore, steps: [String], at now: Timestamp) async throws -> BudgetWatch? {
        guard let prices = project.prices, !project.budgets.isEmpty else { return nil }
        let start = project.budgets.map { $0.interval(at: now).start }.min() ?? now
        // What other processes run now counts by what it took before.
        let running = try await store.openAttempts(of: project.name).map(\.id.step)
        var estimates: [String: UsageAmount] = [:]
        for step in Set(steps + running) where project.budgets.contains(where: { $0.covers(record(step, UsageAmount(), at: now)) }) {
            estimates[step] = Self.mean(try await store.executions(of: step, limit: Self.estimateCountMax).map { UsageAmount($0.usage) })
        }
        // What ended within the microsecond of this call belongs to it.
        let ended = try await records(store, from: start, until: now + .microseconds(1))
        let spent = ended + running.map { record($0, estimates[$0] ?? UsageAmount(), at: now) }
        return BudgetWatch(project.budgets, prices: prices, spent: spent, estimates: estimates, at: now) { id, amount, time in
            record(id.step, amount, at: time)
        }
    }

    /// `nil` of none.
    private static func mean(_ amounts: [UsageAmount]) -> UsageAmount? {
        guard !amounts.isEmpty else { return nil }
        let (sum, count) = (amounts.reduce(UsageAmount(), +), Double(amounts.count))
        return UsageAmount(
            cpuSeconds: sum.cpuSeconds / count, memoryByteSeconds: sum.memoryByteSeconds / count,
            acceleratorSeconds: sum.acceleratorSeconds / count, bytesRead: sum.bytesRead / Int64(amounts.count),
            bytesWritten: sum.bytesWritten / Int64(amounts.count))
    }
}
