import MartletRegistry
import MartletTesting
import Testing

/// A server whose clock is put back.
struct MovedClockTests {
    @Test(arguments: DatabaseKind.all)
    func `nothing was changed before it was made`(_ kind: DatabaseKind) async throws {
        let clock = HandClock()
        clock.set(5_000)
        try await kind.withRegistry(clock: clock) { registry, store in
            let models = try await LoggedModelStore(store)
            let experiment = try await store.createExperiment(name: "a")
            let model = try await models.make("logged")
            try await registry.makeModel("m", versions: 1)
            clock.set(1_000)
            try await store.renameExperiment(experiment, to: "b")
            #expect(try await store.experiment(experiment).updatedAt == 5_000)
            try await store.deleteExperiment(experiment)
            #expect(try await store.experiment(experiment).updatedAt == 5_000)
            _ = try await models.finalize(model, .ready)
            #expect(try await models.model(model).updatedAt == 5_000)
            let id = ModelVersionID("m", 1)
            let staged = try await registry.moveVersion(id, to: "Production")
            #expect(staged.updatedAt == 5_000)
            let described = try await registry.updateVersion(id, description: "d")
            #expect(described.updatedAt == 5_000)
            let renamed = try await registry.renameModel("m", to: "n")
            #expect(renamed.updatedAt == 5_000)
            let made = try await registry.makeVersion(of: "n")
            #expect(made.version == 2)
            #expect(made.createdAt <= made.updatedAt)
            #expect(try await registry.model("n").updatedAt == 5_000)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `pages hold everything once, though the clock steps back between what they hold`(_ kind: DatabaseKind) async throws {
        let clock = HandClock()
        try await kind.withStore(clock: clock) { store in
            var made: [String] = []
            for number in 0..<10 {
                clock.set(Int64(10_000 - number / 2 * 1_000))
                made.append("e\(number)")
                _ = try await store.createExperiment(name: "e\(number)")
            }
            var found: [String] = []
            var hasMore = true
            while hasMore {
                let page = try await store.searchExperiments(
                    filter: SearchFilter(parsing: "", of: .experiments), orders: [], view: .activeOnly, limit: 3, offset: found.count)
                found += page.elements.map(\.name)
                hasMore = page.hasMore
            }
            #expect(found.filter { $0 != "Default" } == made)
            #expect(found.count == 11)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `points and batches keep their order, whatever the server's clock says`(_ kind: DatabaseKind) async throws {
        let clock = HandClock()
        try await kind.withStore(clock: clock) { store in
            let run = try await store.makeRun()
            for step in 0..<6 {
                clock.set(Int64(9_000 - step * 1_000))
                try await store.logMetric(LoggedMetric("loss", Double(step), at: 1, step: Int64(step)), run: run)
            }
            #expect(try await store.metricHistory(run: run, key: "loss").elements.map(\.step) == Array(0..<6))
            #expect(try await store.run(run).metrics.map(\.step) == [5])
            try await store.deleteRun(run)
            #expect(try await store.run(run).info.stage == .deleted)
        }
    }
}
