import MartletCore
import MartletInference
import MartletPlatform
import MartletRegistry
import MartletStore
import MartletTesting
import Testing

@testable import MartletServer

/// Who may ask what is deployed of a registered model, whatever becomes of its name.
struct ModelGateTests {
    /// A release of version 1 of the model `price`, as its record. - Parameter isOld: whether the record does not name the model itself.
    private func release(_ stores: TrackingStores, isOld: Bool) async throws -> (digest: Digest, manifest: JSONValue) {
        _ = try await stores.models.createModel("price")
        _ = try await stores.models.createVersion(ModelVersionDraft(model: "price", source: "s3://elsewhere/model"))
        let found = try await stores.models.version(at: "models:/price/1")
        let release = ModelRelease(name: "price", of: found, files: ["MLmodel": Digest(of: "1")])
        guard isOld, case .object(var manifest) = release.manifest else { return (release.digest, release.manifest) }
        manifest["registered"] = nil
        return (Digest(of: JSONValue.object(manifest)), .object(manifest))
    }

    /// Runs a body while `price` is deployed. Its files are nowhere, so that who may ask is told 503.
    private func withDeployed(
        isOld: Bool = false, _ body: (TrackingStores, (Principal) async throws -> Int) async throws -> Void
    ) async throws {
        try await withTrackingHome { stores, home in
            let place = try ModelHome(home, registry: stores.models, artifacts: stores.artifacts)
            let release = try await release(stores, isOld: isOld)
            _ = try place.records.register(release.digest, name: "price", run: nil, manifest: release.manifest, at: .now)
            _ = try place.records.move(
                endpoint: "price", to: release.digest, action: .deploy, by: "test", reason: "", at: .now, expecting: .nothing)
            let models = try DeployedModels(place, loader: ModelLoader(ModelLoader.Configuration()))
            let (events, told) = AsyncStream<DeployedModels.Event>.makeStream()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await models.follow({ told.yield($0) }, onReady: {}) }
                defer { group.cancelAll() }
                for await _ in events { break }
                try await body(stores) { try await status(ModelGate(gate: AccessGate(stores.access, stores.tracking), models: models), $0) }
            }
            try models.close()
        }
    }

    /// What somebody is told of `price`; 503 where the gate lets them in.
    private func status(_ gate: ModelGate, _ principal: Principal) async throws -> Int {
        switch gate.admission(principal, "price") {
        case .admitted: 503
        case .refused(let response): response.status
        case .asking(let ask): try await ask()?.status ?? 503
        }
    }

    @Test func `a model that takes the name of a deployed one opens nothing of it, and grants go with the one that was renamed`()
        async throws
    {
        try await withDeployed { stores, status in
            let eve = Principal(name: "eve", role: .write, grants: [.model("price"): .none])
            let ann = Principal(name: "ann", grants: [.model("price"): .read])
            #expect(try await status(eve) == 404)
            #expect(try await status(ann) == 503)
            _ = try await stores.models.renameModel("price", to: "price-old")
            _ = try await stores.models.createModel("price")
            let owner = Principal(name: "eve", role: .write, grants: [.model("price-old"): .none, .model("price"): .admin])
            #expect(try await status(owner) == 404)
            #expect(try await status(ann) == 404)
            #expect(try await status(Principal(name: "ann", grants: [.model("price-old"): .read])) == 503)
        }
    }

    @Test func `what is deployed of a model that was deleted is for administrators`() async throws {
        try await withDeployed { stores, status in
            let reader = Principal(name: "ann", role: .read)
            #expect(try await status(reader) == 503)
            try await stores.models.deleteModel("price")
            _ = try await stores.models.createModel("price")
            #expect(try await status(reader) == 404)
            #expect(try await status(.everybody) == 503)
        }
    }

    @Test func `what was deployed before releases named their models is for administrators`() async throws {
        try await withDeployed(isOld: true) { _, status in
            let statuses = [try await status(Principal(name: "ann", role: .admin)), try await status(.everybody)]
            #expect(statuses == [404, 503])
        }
    }
}
