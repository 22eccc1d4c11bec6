import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletRegistry

/// What those who make something may do with it, and what an administrator said in advance.
struct OwnershipTests {
    private static let boss = AccessStore.Actor("boss")
    private let ann = Principal(name: "ann", role: .write)

    private func withAccess(_ kind: DatabaseKind, _ body: (AccessStore, ModelRegistry, TrackingStore) async throws -> Void) async throws {
        try await kind.withDatabase { database in
            let store = try await AccessStore(database)
            try await store.addUser("ann", password: nil, role: .write, by: Self.boss)
            let tracking = try await TrackingStore(database)
            try await body(store, try await ModelRegistry(tracking, loggedModels: LoggedModelStore(tracking)), tracking)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `who makes something is its administrator, as of the same write`(kind: DatabaseKind) async throws {
        try await withAccess(kind) { store, registry, tracking in
            _ = try await registry.createModel("m") { try store.own(.model("m"), by: ann, in: $0) }
            let id = try await tracking.createExperiment(name: "e") { try store.own(.experiment($0), by: ann, in: $1) }
            #expect(try await store.grants(of: "ann") == [.model("m"): .admin, .experiment(id): .admin])
            #expect(try await store.events(limit: 2).map(\.subject) == ["ann: admin on experiment \(id)", "ann: admin on model 'm'"])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `what cannot be granted is not made either`(kind: DatabaseKind) async throws {
        try await withAccess(kind) { store, registry, tracking in
            let gone = Principal(name: "gone", role: .write)
            await #expect(throws: MartletError.self) {
                try await registry.createModel("m") { try store.own(.model("m"), by: gone, in: $0) }
            }
            await #expect(throws: MartletError.self) {
                try await tracking.createExperiment(name: "e") { try store.own(.experiment($0), by: gone, in: $1) }
            }
            await #expect(throws: TrackingFault.self) { try await registry.model("m") }
            await #expect(throws: TrackingFault.self) { try await tracking.experiment(named: "e") }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `what was granted on a name in advance outlives the making of the model`(kind: DatabaseKind) async throws {
        try await withAccess(kind) { store, registry, _ in
            try await store.grant(.read, to: "ann", on: .model("m"), by: Self.boss)
            _ = try await registry.createModel("m") { try store.own(.model("m"), by: ann, in: $0) }
            #expect(try await store.grants(of: "ann") == [.model("m"): .read])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `what was granted on a name in advance outlives the renaming to it`(kind: DatabaseKind) async throws {
        try await withAccess(kind) { store, registry, _ in
            try await store.addUser("bob", password: nil, by: Self.boss)
            try await store.addUser("eve", password: nil, by: Self.boss)
            try await store.grant(.none, to: "bob", on: .model("n"), by: Self.boss)
            for user in ["ann", "bob"] { try await store.grant(.admin, to: user, on: .model("m"), by: Self.boss) }
            try await store.grant(.write, to: "eve", on: .model("n"), by: Self.boss)
            _ = try await registry.createModel("m")
            _ = try await registry.renameModel("m", to: "n") { try AccessStore.moveGrants(ofModel: "m", to: "n", in: $0) }
            #expect(try await store.grants(of: "ann") == [.model("n"): .admin])
            #expect(try await store.grants(of: "bob") == [.model("n"): Role.none])
            #expect(try await store.grants(of: "eve") == [.model("n"): .write])
        }
    }
}
