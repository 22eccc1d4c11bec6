import MartletRegistry
import MartletStore
import MartletTesting
import Testing

struct ModelHistoryTests {
    /// Events as short lines.
    private static func lines(_ registry: ModelRegistry, _ name: String = "m") async throws -> [String] {
        try await registry.history(of: name).elements.map { event in
            let what = [event.version.map { "v\($0)" }, event.alias].compactMap(\.self).joined(separator: " ")
            return "\(event.at) \(event.model) \(event.kind.rawValue) \(what): \(event.from ?? "-") > \(event.to ?? "-")"
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `every change is written down, with who made it and why`(_ kind: DatabaseKind) async throws {
        let clock = HandClock()
        try await kind.withRegistry(clock: clock) { registry, _ in
            try await registry.makeModel("m", versions: 2)
            clock.set(2000)
            let note = ChangeNote(who: "ada", why: "better by 3 %")
            try await registry.setAlias("champion", to: ModelVersionID("m", 1), note: note)
            try await registry.setAlias("champion", to: ModelVersionID("m", 2))
            _ = try await registry.moveVersion(ModelVersionID("m", 1), to: "Production")
            _ = try await registry.moveVersion(ModelVersionID("m", 2), to: "Production", archivesOthers: true)
            try await registry.deleteVersion(ModelVersionID("m", 2))
            try await registry.setAlias("old", to: ModelVersionID("m", 1))
            try await registry.deleteAlias("old", of: "m")
            #expect(
                try await Self.lines(registry) == [
                    "1000 m model-created : - > -", "1000 m version-created v1: - > s3://bucket/m/1",
                    "1000 m version-created v2: - > s3://bucket/m/2", "2000 m alias-set v1 champion: - > 1",
                    "2000 m alias-set v2 champion: 1 > 2", "2000 m stage-changed v1: None > Production",
                    "2000 m stage-changed v1: Production > Archived", "2000 m stage-changed v2: None > Production",
                    "2000 m alias-deleted champion: 2 > -", "2000 m version-deleted v2: s3://bucket/m/2 > -",
                    "2000 m alias-set v1 old: - > 1", "2000 m alias-deleted old: 1 > -",
                ])
            #expect(try await registry.history(of: "m").elements.map(\.note)[2...4] == [ChangeNote(), note, ChangeNote()])
        }
    }

    @Test(arguments: [1, 2, 3, 4, 100])
    func `the whole history is told, however short its pages are`(_ pageCount: Int) async throws {
        try await DatabaseKind.sqlite.withRegistry { registry, _ in
            try await registry.makeModel("m", versions: 3)
            let whole = try await registry.history(of: "m").elements
            #expect(whole.count == 4)
            #expect(try await registry.wholeHistory(of: "m", pageCount: pageCount) == whole)
            #expect(try await registry.wholeHistory(of: "none", pageCount: pageCount).isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `what changes nothing, or was refused, is not written down`(_ kind: DatabaseKind) async throws {
        try await kind.withRegistry { registry, _ in
            try await registry.makeModel("m", versions: 1)
            let id = ModelVersionID("m", 1)
            try await registry.setAlias("a", to: id)
            _ = try await registry.moveVersion(id, to: "Staging")
            let before = try await registry.history(of: "m").elements.count
            try await registry.setAlias("a", to: id)
            try await registry.deleteAlias("b", of: "m")
            _ = try await registry.moveVersion(id, to: "staging", archivesOthers: true)
            _ = try await registry.renameModel("m", to: "m")
            await #expect(throws: TrackingFault.self) { try await registry.setAlias("a", to: ModelVersionID("m", 2)) }
            await #expect(throws: TrackingFault.self) { try await registry.createModel("m") }
            #expect(try await registry.history(of: "m").elements.count == before)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `what was champion is known of any time, under the name that the model had then`(_ kind: DatabaseKind) async throws {
        let clock = HandClock()
        try await kind.withRegistry(clock: clock) { registry, _ in
            try await registry.makeModel("m", versions: 2)
            for (time, version) in [(2000, 1), (3000, 2)] {
                clock.set(Int64(time))
                try await registry.setAlias("champion", to: ModelVersionID("m", Int64(version)))
            }
            try await registry.setAlias("other", to: ModelVersionID("m", 1))
            clock.set(4000)
            _ = try await registry.renameModel("m", to: "n")
            clock.set(5000)
            try await registry.deleteAlias("champion", of: "n")
            clock.set(6000)
            try await registry.deleteModel("n")
            try await registry.makeModel("m", versions: 1)
            try await registry.setAlias("champion", to: ModelVersionID("m", 1))
            let champions: [(Int64, String, Int64?)] = [
                (999, "m", nil), (1999, "m", nil), (2000, "m", 1), (2999, "m", 1), (3000, "m", 2), (3999, "m", 2), (4000, "m", nil),
                (3999, "n", nil), (4000, "n", 2), (4999, "n", 2), (5000, "n", nil), (6000, "n", nil), (6000, "m", 1),
            ]
            for (time, name, version) in champions {
                #expect(try await registry.version(alias: "champion", of: name, at: time) == version, "\(name) at \(time)")
            }
            #expect(
                try await registry.aliases(of: "m", at: 3500) == [ModelAlias("champion", version: 2), ModelAlias("other", version: 1)])
            #expect(try await registry.aliases(of: "n", at: 5000) == [ModelAlias("other", version: 1)])
            #expect(try await registry.aliases(of: "n", at: 6000) == [])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `the history outlives names and models`(_ kind: DatabaseKind) async throws {
        try await kind.withRegistry { registry, _ in
            try await registry.makeModel("m", versions: 1)
            try await registry.setAlias("a", to: ModelVersionID("m", 1))
            _ = try await registry.renameModel("m", to: "n")
            try await registry.deleteModel("n")
            let expected = [
                "1000 m model-created : - > -", "1000 m version-created v1: - > s3://bucket/m/1", "1000 m alias-set v1 a: - > 1",
                "1000 m model-renamed : m > n", "1000 n alias-deleted a: 1 > -", "1000 n version-deleted v1: s3://bucket/m/1 > -",
                "1000 n model-deleted : - > -",
            ]
            #expect(try await Self.lines(registry, "m") == expected)
            #expect(try await Self.lines(registry, "n") == expected)
            #expect(try await registry.history(of: "unknown").elements.isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `times do not go back where the clock does`(_ kind: DatabaseKind) async throws {
        let clock = HandClock()
        try await kind.withRegistry(clock: clock) { registry, _ in
            try await registry.makeModel("m", versions: 2)
            clock.set(5000)
            try await registry.setAlias("a", to: ModelVersionID("m", 1))
            clock.set(2000)
            try await registry.setAlias("a", to: ModelVersionID("m", 2))
            #expect(try await registry.history(of: "m").elements.suffix(2).map(\.at) == [5000, 5000])
            #expect(try await registry.version(alias: "a", of: "m", at: 4999) == nil)
            #expect(try await registry.version(alias: "a", of: "m", at: 5000) == 2)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a history is read page by page`(_ kind: DatabaseKind) async throws {
        try await kind.withRegistry { registry, _ in
            try await registry.makeModel("m", versions: 3)
            let first = try await registry.history(of: "m", limit: 3)
            #expect(first.hasMore)
            let number = try #require(first.elements.last?.number)
            let second = try await registry.history(of: "m", after: number, limit: 3)
            #expect(second.elements.map(\.version) == [3])
            #expect(!second.hasMore)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `the database refuses to change or delete what was written down`(_ kind: DatabaseKind) async throws {
        try await kind.withPlace { place in
            let database = try await place.open()
            let registry = try await ModelRegistry(try await TrackingStore(database))
            try await registry.makeModel()
            for sql in ["UPDATE model_history SET who = 'x'", "DELETE FROM model_history"] {
                await #expect(throws: (any Error).self) { try await database.write { try $0.execute(sql) } }
            }
            #expect(try await registry.history(of: "m").elements.map(\.note.who) == [""])
        }
    }

    @Test func `whose name or reason is too long is refused`() async throws {
        try await DatabaseKind.all[0].withRegistry { registry, _ in
            await #expect(throws: TrackingFault.invalid("'why' exceeds the maximum length of 4000 characters")) {
                try await registry.createModel("m", note: ChangeNote(why: String(repeating: "x", count: 4001)))
            }
            await #expect(throws: TrackingFault.invalid("'who' exceeds the maximum length of 255 characters")) {
                try await registry.createModel("m", note: ChangeNote(who: String(repeating: "x", count: 256)))
            }
        }
    }
}
