package import MartletCore
package import MartletStore

/// Removes for good what was deleted long ago, as `mlflow gc` does, but for what a version of a registered model was made of, or what
/// was deployed.
///
/// A run or logged model goes in one transaction with what makes it one, so that it is never seen in part; its points, parameters, tags
/// and names of artifacts follow in others, which a later call goes on with where this one is cut off.
package struct RecordRemoval: Sendable {
    /// The most records of a kind in one plan.
    package static let countMax = 100_000
    private static let pageCount = 1_000
    /// The most records, and rows of them, that one transaction removes, so that no other write waits long.
    private static let groupCount = 32
    static let rowCountMax = 10_000

    private let tracking: TrackingStore
    private let actor: AccessStore.Actor
    private let countMax: Int
    private let rowCountMax: Int

    /// Brings the schema up to date. The database stays its owner's to close.
    /// - Parameter actor: who removes, for the record.
    /// - Throws: as the stores that it opens.
    package init(
        _ database: any SQLDatabase, by actor: AccessStore.Actor, countMax: Int = countMax, rowCountMax: Int = rowCountMax
    ) async throws {
        tracking = try await TrackingStore(database)
        self.actor = actor
        self.countMax = countMax
        self.rowCountMax = rowCountMax
        _ = try await (LoggedModelStore(tracking), ModelRegistry(tracking), TraceStore(tracking), EvaluationDatasetStore(tracking))
        _ = try await AccessStore(database)
        try await SQLMigration.migrate(ImportSchema.subject, by: ImportSchema.migrations, in: database)
        try await SQLMigration.migrate(RemovalSchema.subject, by: RemovalSchema.migrations, in: database)
    }

    /// What was deleted before a time, and what of it stays.
    package func plan(before limit: Timestamp, deployed: [DeployedOrigin] = []) async throws -> RemovalPlan {
        let limit = limit.microseconds / 1_000
        let runs = try await records { try $0.deletedRuns(before: limit, after: $1, count: $2) }
        let models = try await records { try $0.deletedLoggedModels(before: limit, after: $1, count: $2) }
        let hasMore = max(runs.count, models.count) >= countMax
        // Where there are more runs, an experiment would be found to hold some.
        let experiments = hasMore ? [] : try await records { try $0.deletedExperiments(before: limit, after: $1, count: $2) }
        var plan = RemovalPlan(hasMore: hasMore, limit: limit, needs: RemovalNeeds(runs + models + experiments))
        for origin in deployed { plan.needs.add(origin) }
        plan.needs = try await readVersions(plan.needs)
        for record in runs + models { plan.decide(record, plan.needs.reason(record)) }
        let gone = Set(plan.leaving.map(\.id))
        for experiment in experiments {
            let content = try await tracking.read { try $0.content(of: experiment, without: gone) }
            plan.decide(experiment, plan.needs.reason(experiment) ?? content)
        }
        return plan
    }

    /// Removes what a plan says, but for what was restored or came to be needed since. - Returns: what was removed, and what stays.
    package func remove(_ plan: RemovalPlan) async throws -> RemovalPlan {
        try await tracking.removeRemains(rowCountMax: rowCountMax)
        var done = plan
        done.leaving = []
        var rest = plan.leaving[...]
        while !rest.isEmpty {
            let group = Array(rest.prefix(Self.groupCount))
            let outcomes = try await tracking.write { [rowCountMax, actor, time = tracking.now] session in
                let outcomes = try session.remove(group, plan, rowCountMax: rowCountMax)
                try session.noteRemoval(of: zip(group, outcomes).filter { $1.isRemoved }.map { $0.0 }, by: actor, at: time)
                return outcomes
            }
            for (record, outcome) in zip(group, outcomes) where outcome.isOver { done.decide(record, outcome.reason) }
            rest = rest.dropFirst(outcomes.filter(\.isOver).count)
        }
        try await tracking.removeRemains(rowCountMax: rowCountMax)
        return done
    }

    private func records(
        _ page: @escaping @Sendable (TrackingSession, _ after: Int64, _ count: Int) throws -> [DeletedRecord]
    ) async throws -> [DeletedRecord] {
        var all: [DeletedRecord] = []
        while all.count < countMax {
            let (last, count) = (all.last?.number ?? -1, min(Self.pageCount, countMax - all.count))
            let next = try await tracking.read { try page($0, last, count) }
            all += next
            if next.count < count { break }
        }
        return all
    }

    private func readVersions(_ needs: RemovalNeeds) async throws -> RemovalNeeds {
        var (needs, hasMore) = (needs, true)
        while hasMore {
            (needs, hasMore) = try await tracking.read { [needs] session in
                var next = needs
                let hasMore = try next.readVersions(session.connection)
                return (next, hasMore)
            }
        }
        return needs
    }
}

extension TrackingStore {
    /// Removes all that is left of records that are gone.
    func removeRemains(rowCountMax: Int = RecordRemoval.rowCountMax) async throws {
        while try await write({ try $0.removeRemains(rowCountMax: rowCountMax) }) {}
    }
}

extension RemovalPlan {
    fileprivate mutating func decide(_ record: DeletedRecord, _ reason: String?) {
        if let reason { kept.append(KeptRecord(record: record, reason: reason)) } else { leaving.append(record) }
    }
}
