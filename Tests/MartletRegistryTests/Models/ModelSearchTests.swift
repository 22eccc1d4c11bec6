import MartletRegistry
import MartletTesting
import Testing

struct ModelSearchTests {
    private static func models(
        _ registry: ModelRegistry, _ filter: String = "", _ orders: [String] = [], limit: Int = 10, offset: Int = 0
    ) async throws -> [String] {
        try await registry.searchModels(
            filter: SearchFilter(parsing: filter, of: .registeredModels),
            orders: SearchOrder.orders(parsing: orders, of: .registeredModels),
            limit: limit, offset: offset
        ).elements.map(\.name)
    }

    private static func versions(
        _ registry: ModelRegistry, _ filter: String = "", _ orders: [String] = [], limit: Int = 10, offset: Int = 0
    ) async throws -> [String] {
        try await registry.searchVersions(
            filter: SearchFilter(parsing: filter, of: .modelVersions), orders: SearchOrder.orders(parsing: orders, of: .modelVersions),
            limit: limit, offset: offset
        ).elements.map { "\($0.model)/\($0.version)" }
    }

    /// Models `a`, `B` and `c`, each made later than the one before, and a prompt `p`.
    private static func withModels(_ kind: DatabaseKind, _ body: (ModelRegistry) async throws -> Void) async throws {
        let clock = HandClock()
        try await kind.withRegistry(clock: clock) { registry, _ in
            for (place, name) in ["c", "B", "a"].enumerated() {
                clock.set(Int64(2000 + place))
                _ = try await registry.createModel(name, tags: [KeyedText("team", name == "a" ? "Ads" : "price")])
            }
            for (place, draft) in [
                ModelVersionDraft(model: "a", source: "s3://b/1", run: "r1", tags: [KeyedText("k", "1")]),
                ModelVersionDraft(model: "B", source: "s3://b/2", run: "r2", tags: [KeyedText("k", "2")]),
                ModelVersionDraft(model: "a", source: "s3://c/3"),
            ].enumerated() {
                clock.set(Int64(3000 + place / 2))
                _ = try await registry.createVersion(draft)
            }
            let prompt = KeyedText("mlflow.prompt.is_prompt", "true")
            _ = try await registry.createModel("p", tags: [prompt])
            _ = try await registry.createVersion(ModelVersionDraft(model: "p", source: "dummy-source", tags: [prompt]))
            try await body(registry)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `models are found by name and tags, in the order that is asked for`(_ kind: DatabaseKind) async throws {
        try await Self.withModels(kind) { registry in
            let all = try await Self.models(registry)
            #expect(all == ["B", "a", "c"])
            #expect(try await Self.models(registry, "", ["timestamp DESC"]) == ["a", "B", "c"])
            #expect(try await Self.models(registry, "", ["name DESC"]) == ["c", "a", "B"])
            #expect(try await Self.models(registry, "name = 'a'") == ["a"])
            #expect(try await Self.models(registry, "name ILIKE 'b%'") == ["B"])
            #expect(try await Self.models(registry, "name LIKE 'b%'") == [])
            #expect(try await Self.models(registry, "name NOT IN ('a', 'c')") == ["B"])
            #expect(try await Self.models(registry, "tags.team = 'price'") == ["B", "c"])
            #expect(try await Self.models(registry, "tags.team != 'price'") == ["a"])
            #expect(try await Self.models(registry, "tags.team ILIKE 'ADS' AND name != 'a'") == [])
            #expect(try await Self.models(registry, "tags.none != 'x'") == [])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `versions are found by what they are, the last changed first`(_ kind: DatabaseKind) async throws {
        try await Self.withModels(kind) { registry in
            #expect(try await Self.versions(registry) == ["a/2", "B/1", "a/1"])
            #expect(try await Self.versions(registry, "", ["name DESC"]) == ["a/2", "a/1", "B/1"])
            #expect(try await Self.versions(registry, "", ["version_number ASC"]) == ["B/1", "a/1", "a/2"])
            #expect(try await Self.versions(registry, "", ["creation_timestamp"]) == ["B/1", "a/1", "a/2"])
            #expect(try await Self.versions(registry, "name = 'a'") == ["a/2", "a/1"])
            #expect(try await Self.versions(registry, "run_id IN ('r1', 'r2')") == ["B/1", "a/1"])
            #expect(try await Self.versions(registry, "run_id != 'r1'") == ["a/2", "B/1"])
            #expect(try await Self.versions(registry, "source_path LIKE 's3://b/%'") == ["B/1", "a/1"])
            #expect(try await Self.versions(registry, "version_number > 1") == ["a/2"])
            #expect(try await Self.versions(registry, "tags.k != '1'") == ["B/1"])
            try await registry.deleteVersion(ModelVersionID("a", 2))
            #expect(try await Self.versions(registry, "name = 'a'") == ["a/1"])
        }
    }

    @Test(
        arguments: DatabaseKind.all,
        [("= 'true'", "p"), ("= 'TRUE'", ""), ("!= 'false'", "p"), ("= 'false'", "B a c"), ("LIKE 't%'", "B a c")])
    func `prompts are found where the filter asks for them, and else passed over`(
        _ kind: DatabaseKind, search: (comparison: String, found: String)
    ) async throws {
        try await Self.withModels(kind) { registry in
            let filter = "tags.`mlflow.prompt.is_prompt` \(search.comparison)"
            let versions = try await Self.versions(registry, filter)
            #expect(try await Self.models(registry, filter).joined(separator: " ") == search.found)
            #expect(versions.contains("p/1") == (search.found == "p"))
            #expect(versions.contains("a/1") == (search.found == "B a c"))
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `pages tell whether there is more, and hold what belongs to each`(_ kind: DatabaseKind) async throws {
        try await Self.withModels(kind) { registry in
            try await registry.setAlias("x", to: ModelVersionID("a", 1))
            let all = try SearchFilter(parsing: "", of: .registeredModels)
            let page = try await registry.searchModels(filter: all, limit: 1, offset: 1)
            #expect(page.hasMore)
            #expect(page.elements.map(\.name) == ["a"])
            #expect(page.elements.first?.tags == [KeyedText("team", "Ads")])
            #expect(page.elements.first?.aliases == [ModelAlias("x", version: 1)])
            #expect(page.elements.first?.latestVersions.map(\.version) == [2])
            let found = try await registry.searchVersions(filter: try SearchFilter(parsing: "", of: .modelVersions), limit: 1, offset: 2)
            #expect(!found.hasMore)
            #expect(found.elements.map(\.tags) == [[KeyedText("k", "1")]])
            #expect(found.elements.map(\.aliases) == [[]])
            await #expect(throws: TrackingFault.self) { try await registry.searchModels(filter: all, limit: 0) }
        }
    }
}
