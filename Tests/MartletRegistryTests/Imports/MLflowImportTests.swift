import Foundation
import MartletCore
import MartletRegistry
import MartletStore
import MartletTesting
import Testing

@Suite struct MLflowImportTests {
    @Test(arguments: DatabaseKind.all)
    func `records keep what they are, and artifacts come along`(kind: DatabaseKind) async throws {
        try await MLflowFolder.with { source in
            try source.fill()
            try await ImportHome.with(kind) { home in
                let report = try await home.bring(source.path)
                #expect(report.tallies["runs"] == .init(found: 4, brought: 4))
                #expect(report.tallies["points of metrics"] == .init(found: 16, brought: 12, present: 4))
                #expect(report.tallies["model versions"] == .init(found: 3, brought: 2, leftOut: 1))
                #expect(report.tallies["files of artifacts"] == .init(found: 4, brought: 4))
                let store = try await TrackingStore(home.database)
                let run = try await store.run(MLflowFolder.id(1))
                #expect(run.info.artifactURI == "mlflow-artifacts:/5/\(MLflowFolder.id(1))/artifacts")
                #expect(run.info.status == .finished)
                #expect(run.info.endedAt == 200)
                #expect(run.parameters == [KeyedText("a/b", "1")])
                #expect(try await store.experiment(7).stage == .deleted)
                #expect(try await store.experiment(0).createdAt == 10)
                #expect(try await home.artifact("5/\(MLflowFolder.id(2))/artifacts/model/file 2.txt") == "content 0")
                let models = try await ModelRegistry(store)
                let version = try await models.version(alias: "champion", of: "price")
                #expect(version.source == "mlflow-artifacts:/5/\(MLflowFolder.id(1))/artifacts/model")
                let next = try await models.createVersion(ModelVersionDraft(model: "price", source: version.source, run: version.run))
                #expect(next.version == 4)
            }
        }
    }

    @Test func `what comes later is numbered behind what was brought`() async throws {
        for kind in DatabaseKind.all {
            try await MLflowFolder.with { source in
                try source.fill()
                try await ImportHome.with(kind) { home in
                    _ = try await home.bring(source.path)
                    #expect(try await TrackingStore(home.database).createExperiment(name: "new") == 8)
                }
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `an import that ends at any write is gone on with`(kind: DatabaseKind) async throws {
        try await MLflowFolder.with { source in
            try source.fill(runs: 2)
            var whole: [String] = []
            try await ImportHome.with(kind) { home in
                _ = try await home.bring(source.path)
                whole = try await home.rows()
            }
            try await ImportHome.with(kind) { home in
                // The schemas are brought up to date first.
                _ = try await home.bring(source.path, isDry: true)
                var endCount = 0
                for writeCount in 8... {
                    do {
                        _ = try await home.bring(source.path, database: EndingDatabase(home.database, after: writeCount))
                        break
                    } catch is EndingDatabase.End {
                        endCount += 1
                    }
                }
                #expect(endCount > 1)
                #expect(try await home.rows() == whole)
            }
        }
    }

    @Test func `a second import brings nothing, and a third what is new`() async throws {
        try await MLflowFolder.with { source in
            try source.fill()
            try await ImportHome.with { home in
                _ = try await home.bring(source.path)
                let second = try await home.bring(source.path)
                #expect(second.broughtCount == 0)
                #expect(second.tallies["runs"] == .init(found: 4, present: 4))
                try source.run(9)
                #expect(try await home.bring(source.path).tallies["runs"] == .init(found: 5, brought: 1, present: 4))
            }
        }
    }

    @Test func `a dry import counts and writes nothing`() async throws {
        try await MLflowFolder.with { source in
            try source.fill()
            try await ImportHome.with { home in
                let report = try await home.bring(source.path, isDry: true)
                #expect(report.tallies["runs"] == .init(found: 4, brought: 4))
                #expect(report.tallies["files of artifacts"]?.brought == 4)
                #expect(try await home.rows().count == 1)
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `an experiment whose identifier is taken gets another`(kind: DatabaseKind) async throws {
        try await MLflowFolder.with { source in
            try source.experiment("1", "theirs")
            try source.run(1, in: "1")
            try await ImportHome.with(kind) { home in
                let store = try await TrackingStore(home.database)
                let own = try await store.createExperiment(name: "ours")
                #expect(own == 1)
                _ = try await home.bring(source.path)
                let experiment = try await store.experiment(named: "theirs")
                #expect(experiment.id == 2)
                #expect(try await store.run(MLflowFolder.id(1)).info.experiment == 2)
                #expect(try await home.artifact("2/\(MLflowFolder.id(1))/artifacts/model/file 1.txt") == "content 1")
            }
        }
    }

    @Test func `a name that means something else here is refused before anything is written`() async throws {
        try await MLflowFolder.with { source in
            try source.fill()
            try await ImportHome.with { home in
                let store = try await TrackingStore(home.database)
                _ = try await store.createExperiment(name: "five")
                _ = try await ModelRegistry(store).createModel("price")
                let error = await #expect(throws: MartletError.self) { try await home.bring(source.path) }
                #expect(error?.code == .conflict)
                #expect(error?.message.contains("'five' with the identifier 1, the source with 5") == true)
                #expect(error?.message.contains("another registered model 'price'") == true)
                await #expect(throws: TrackingFault.self) { try await store.run(MLflowFolder.id(1)) }
            }
        }
    }

    /// What may be logged in an experiment.
    enum Content: CaseIterable { case run, loggedModel, trace, evaluationDataset }

    @Test(arguments: Content.allCases)
    func `the default experiment of a home in which something was logged stays, and gets theirs`(content: Content) async throws {
        try await MLflowFolder.with { source in
            try source.experiment("0", "Default")
            try source.run(1, in: "0")
            try await ImportHome.with { home in
                let store = try await TrackingStore(home.database)
                let made = try await store.experiment(0).createdAt
                switch content {
                case .run: _ = try await store.createRun(RunDraft(experiment: 0, name: "own", startedAt: 0))
                case .loggedModel: _ = try await LoggedModelStore(store).make("own")
                case .trace: _ = try await TraceStore(store).create(TraceInfo(id: "tr-1", experiment: 0))
                case .evaluationDataset: _ = try await EvaluationDatasetStore(store).create(name: "own", experiments: ["0"])
                }
                #expect(try await home.bring(source.path).tallies["experiments"] == .init(found: 1, present: 1))
                #expect(try await store.experiment(0).createdAt == made)
                #expect(try await store.run(MLflowFolder.id(1)).info.experiment == 0)
            }
        }
    }
}
