import MartletCore
import MartletRegistry
import MartletStore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct ProjectTrackingTests {
    @Test func `a training run has parameters, metrics and a model that MLflow's clients load`() async throws {
        try await ReleasedProject.with { platform in
            let tracking = try await platform.tracking()
            let run = try #require(try await tracking.runs().first)
            let metrics = Set(run.metrics.map(\.key))
            #expect(metrics.isSuperset(of: ["trees", "validation_loss", "test_rmse", "test_rmse_baseline", "test_improvement"]))
            #expect(run.parameters.contains(KeyedText("seed", "\(platform.project.seed)")))
            let artifacts = try await ArtifactStore(tracking.database, home: platform.home)
            let root = try RunArtifacts.root(of: run.info.artifactURI)
            let names = try await artifacts.list(root.appending(try ArtifactPath(reading: "model"))).map(\.name)
            #expect(names == ["MLmodel", "card.json", "model.txt", "requirements.txt", "rule.json"])
        }
    }

    @Test func `each release is a version, and the alias is where the endpoint points, with who moved it and why`() async throws {
        try await ReleasedProject.with { platform in
            let tracking = try await platform.tracking()
            for _ in 0..<2 { try await tracking.noteReleases(of: "price") }
            let model = try await tracking.registry.model("price")
            #expect(model.aliases == [ModelAlias("champion", version: 1)])
            let version = try await tracking.registry.version(ModelVersionID("price", 1))
            let release = try #require(try platform.records.releases(name: "price").first)
            #expect(version.tags.contains(KeyedText("martlet.release", release.digest.description)))
            #expect(version.run == release.run)
            let events = try await tracking.registry.history(of: "price").elements
            #expect(events.map(\.kind) == [.modelCreated, .versionCreated, .aliasSet])
            #expect(events.last?.note == ChangeNote(who: "tests", why: "deploy: the first release"))
        }
    }

    @Test func `a release that is not deployed yet has a version and no alias`() async throws {
        try await withTemporaryFolder { folder in
            let platform = try Platform.synthetic(in: folder)
            try await platform.runPipeline()
            let model = try await platform.tracking().registry.model("price")
            #expect(model.aliases.isEmpty)
            #expect(model.latestVersions.map(\.version) == [1])
        }
    }

    @Test func `runs of an earlier martlet are moved, whole and once`() async throws {
        try await withTemporaryFolder { folder in
            let platform = try Platform.synthetic(in: folder)
            let old = try SQLiteDatabase(path: platform.home.databasePath)
            let id = String(repeating: "a", count: 32)
            try await old.write { connection in
                for sql in [
                    "INSERT INTO experiments VALUES ('pricing', 0)",
                    "INSERT INTO runs VALUES (1, '\(id)', 'pricing', 'train demand', 'finished', 1000000, 2000000)",
                    "INSERT INTO run_parameters VALUES ('\(id)', 'rate', '0.1')", "INSERT INTO run_tags VALUES ('\(id)', 'who', 'ann')",
                    "INSERT INTO run_metrics VALUES (1, '\(id)', 'loss', 0.5, 3, 1500000), (2, '\(id)', 'loss', NULL, 4, 1600000)",
                ] { try connection.execute(sql) }
            }
            try await old.close()
            let run = try #require(try await platform.tracking().runs().first)
            #expect(run.info.id == id && run.info.status == .finished && run.info.startedAt == 1000 && run.info.endedAt == 2000)
            #expect(run.parameters == [KeyedText("rate", "0.1")] && run.tags.contains(KeyedText("who", "ann")))
            let points = try await platform.tracking().store.metricHistory(run: id, key: "loss").elements
            #expect(points.map(\.step) == [3, 4] && points[1].value.isNaN)
            #expect(try platform.records.firstOldRun() == nil)
        }
    }
}
