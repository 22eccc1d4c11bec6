import MartletRegistry
import MartletStore
import MartletTesting
import Testing

@testable import MartletRegistry

struct ModelAliasTests {
    @Test(arguments: DatabaseKind.all)
    func `an alias is set, moved and deleted, twice too`(_ kind: DatabaseKind) async throws {
        let clock = HandClock()
        try await kind.withRegistry(clock: clock) { registry, _ in
            try await registry.makeModel("m", versions: 2)
            clock.set(2000)
            try await registry.setAlias("é", to: ModelVersionID("m", 1))
            try await registry.setAlias("champion", to: ModelVersionID("m", 1))
            #expect(try await registry.version(alias: "champion", of: "m").aliases == ["champion", "é"])
            try await registry.setAlias("champion", to: ModelVersionID("m", 2))
            #expect(try await registry.version(alias: "champion", of: "m").version == 2)
            #expect(try await registry.model("m").aliases == [ModelAlias("champion", version: 2), ModelAlias("é", version: 1)])
            #expect(try await registry.model("m").updatedAt == 1000)
            try await registry.deleteAlias("champion", of: "m")
            try await registry.deleteAlias("champion", of: "m")
            await #expect(throws: TrackingFault.invalid("Registered model alias champion not found.")) {
                try await registry.version(alias: "champion", of: "m")
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `latest is the highest version of any stage, in any case`(_ kind: DatabaseKind) async throws {
        try await kind.withRegistry { registry, _ in
            try await registry.makeModel("m")
            await #expect(throws: TrackingFault.missing("Latest version not found for model m.")) {
                try await registry.version(alias: "latest", of: "m")
            }
            for _ in 0..<2 { try await registry.makeVersion() }
            _ = try await registry.moveVersion(ModelVersionID("m", 2), to: "Archived")
            #expect(try await registry.version(alias: "LaTest", of: "m").version == 2)
            await #expect(throws: TrackingFault.missing("Registered Model with name=x not found")) {
                try await registry.version(alias: "latest", of: "x")
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a deleted version takes its aliases along`(_ kind: DatabaseKind) async throws {
        try await kind.withRegistry { registry, _ in
            try await registry.makeModel("m", versions: 2)
            try await registry.setAlias("a", to: ModelVersionID("m", 1))
            try await registry.setAlias("b", to: ModelVersionID("m", 2))
            try await registry.deleteVersion(ModelVersionID("m", 1))
            #expect(try await registry.model("m").aliases == [ModelAlias("b", version: 2)])
        }
    }

    @Test(arguments: [
        ("a b", "Invalid alias name: 'a b'. Names may only contain alphanumerics, underscores (_), and dashes (-)."),
        ("", "Registered model alias name cannot be empty."), ("LATEST", "'latest' alias name (case insensitive) is reserved."),
        ("v1", "Version alias name 'v1' is reserved."), ("V12", "Version alias name 'V12' is reserved."),
        (String(repeating: "x", count: 256), "'Registered model alias name' exceeds the maximum length of 255 characters"),
    ])
    func `aliases that are none are refused in MLflow's words`(alias: String, message: String) async throws {
        try await DatabaseKind.all[0].withRegistry { registry, _ in
            try await registry.makeModel("m", versions: 1)
            await #expect(throws: TrackingFault.invalid(message)) { try await registry.setAlias(alias, to: ModelVersionID("m", 1)) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `an alias of an unknown version is refused, also where the model is unknown`(_ kind: DatabaseKind) async throws {
        try await kind.withRegistry { registry, _ in
            await #expect(throws: TrackingFault.missing("Model Version (name=nope, version=1) not found")) {
                try await registry.setAlias("a", to: ModelVersionID("nope", 1))
            }
            await #expect(throws: TrackingFault.missing("Registered Model with name=nope not found")) {
                try await registry.deleteAlias("a", of: "nope")
            }
        }
    }

    @Test func `an alias and the latest of each stage are found by lookups in indexes`() async throws {
        try await DatabaseKind.all[0].withRegistry { _, store in
            let cases: [(query: String, values: [SQLValue], lookup: String)] = [
                (TrackingSession.aliasQuery, [1, "a"], "SEARCH a USING PRIMARY KEY (model=? AND alias=?)"),
                (TrackingSession.aliasQuery, [1, "a"], "SEARCH v USING INTEGER PRIMARY KEY (rowid=?)"),
                (TrackingSession.latestQuery("?"), [1], "SEARCH v USING INDEX model_versions_by_stage (model=? AND stage=? AND version=?)"),
                (TrackingSession.latestQuery("?"), [1], "SEARCH o USING COVERING INDEX model_versions_by_stage (model=? AND stage=?)"),
            ]
            for (query, values, lookup) in cases {
                let plan = try await store.read { session in
                    try session.connection.all("EXPLAIN QUERY PLAN \(query)", values) { $0.text(3) }
                }
                #expect(plan.contains(lookup), "\(plan)")
            }
        }
    }
}
