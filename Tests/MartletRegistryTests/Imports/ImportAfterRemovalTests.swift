import MartletCore
import MartletTesting
import Testing

@testable import MartletRegistry

/// What `gc --deleted-runs` removed, and the same source again.
@Suite struct ImportAfterRemovalTests {
    private func plan(_ home: ImportHome) async throws -> (removal: RecordRemoval, plan: RemovalPlan) {
        let removal = try await RecordRemoval(home.database, by: AccessStore.Actor("keeper"))
        return (removal, try await removal.plan(before: .now + .seconds(60)))
    }

    private func collect(_ home: ImportHome) async throws {
        let (removal, plan) = try await plan(home)
        #expect(try await removal.remove(plan).kept.isEmpty)
    }

    @Test(arguments: DatabaseKind.all)
    func `an experiment that was removed is brought again with all that was in it, and a run of one that stays is not`(
        kind: DatabaseKind
    ) async throws {
        try await MLflowFolder.with { source in
            for (id, name) in [("5", "five"), ("6", "six")] { try source.experiment(id, name) }
            for (digit, experiment) in [(1, "5"), (2, "5"), (3, "6")] { try source.run(digit, in: experiment) }
            try await ImportHome.with(kind) { home in
                _ = try await home.bring(source.path)
                let store = try await TrackingStore(home.database)
                // One run is gone before its experiment is.
                for digit in [1, 3] { try await store.deleteRun(MLflowFolder.id(digit)) }
                try await collect(home)
                #expect(try await home.bring(source.path).broughtCount == 0)
                try await store.deleteExperiment(5)
                try await collect(home)
                let report = try await home.bring(source.path)
                #expect(report.tallies["experiments"] == .init(found: 2, brought: 1, present: 1))
                #expect(report.tallies["runs"] == .init(found: 3, brought: 2, present: 1))
                for digit in [1, 2] {
                    let run = MLflowFolder.id(digit)
                    #expect(try await store.metricHistory(run: run, key: "loss").elements.count == 3)
                    #expect(try await home.artifact("5/\(run)/artifacts/model/file \(digit).txt") == "content \(digit % 2)")
                }
                await #expect(throws: TrackingFault.self) { try await store.run(MLflowFolder.id(3)) }
                #expect(try await home.bring(source.path).broughtCount == 0)
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `what a removal that was cut off left behind takes nothing from what is brought again`(kind: DatabaseKind) async throws {
        try await MLflowFolder.with { source in
            try source.experiment("5", "five")
            try source.run(1)
            try await ImportHome.with(kind) { home in
                _ = try await home.bring(source.path)
                let store = try await TrackingStore(home.database)
                try await store.deleteExperiment(5)
                let plan = try await plan(home).plan
                _ = try await store.write { try $0.remove(plan.leaving, plan, rowCountMax: RecordRemoval.rowCountMax) }
                #expect(try await home.bring(source.path).tallies["runs"] == .init(found: 1, brought: 1))
                try await collect(home)
                #expect(try await home.artifact("5/\(MLflowFolder.id(1))/artifacts/model/file 1.txt") == "content 1")
            }
        }
    }
}
