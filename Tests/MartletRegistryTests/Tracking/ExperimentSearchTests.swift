import MartletRegistry
import MartletTesting
import Testing

struct ExperimentSearchTests {
    private static func names(
        _ store: TrackingStore, _ filter: String = "", orders: [String] = [], view: StageView = .activeOnly, limit: Int = 10,
        offset: Int = 0
    ) async throws -> [String] {
        try await store.searchExperiments(
            filter: SearchFilter(parsing: filter, of: .experiments), orders: SearchOrder.orders(parsing: orders, of: .experiments),
            view: view, limit: limit, offset: offset
        ).elements.map(\.name)
    }

    @Test(arguments: DatabaseKind.all)
    func `experiments are found by what they are, the latest first`(_ kind: DatabaseKind) async throws {
        let clock = HandClock()
        try await kind.withStore(clock: clock) { store in
            for (number, name) in ["alpha", "Beta", "gamma"].enumerated() {
                clock.set(2000 + Int64(number))
                _ = try await store.createExperiment(name: name, tags: number == 1 ? [] : [KeyedText("k", name)])
            }
            try await store.deleteExperiment(3)
            #expect(try await Self.names(store) == ["Beta", "alpha", "Default"])
            #expect(try await Self.names(store, view: .deletedOnly) == ["gamma"])
            #expect(try await Self.names(store, orders: ["name"], view: .all) == ["Beta", "Default", "alpha", "gamma"])
            #expect(try await Self.names(store, "name LIKE '%eta'") == ["Beta"])
            #expect(try await Self.names(store, "name ILIKE 'b%'") == ["Beta"])
            #expect(try await Self.names(store, "creation_time > 2000", view: .all) == ["gamma", "Beta"])
            #expect(try await Self.names(store, "tags.k = 'alpha'") == ["alpha"])
            #expect(try await Self.names(store, "tags.k IS NULL") == ["Beta", "Default"])
            #expect(try await Self.names(store, "experiment_id IN ('1', '3')", view: .all) == ["gamma", "alpha"])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `pages tell whether there is more, and hold the tags`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            for number in 0..<3 { _ = try await store.createExperiment(name: "\(number)", tags: [KeyedText("n", "\(number)")]) }
            let page = try await store.searchExperiments(
                filter: SearchFilter(parsing: "", of: .experiments), orders: [], limit: 2, offset: 1)
            #expect(page.elements.map(\.id) == [1, 2])
            #expect(page.elements.map(\.tags) == [[KeyedText("n", "0")], [KeyedText("n", "1")]])
            #expect(page.hasMore)
        }
    }
}
