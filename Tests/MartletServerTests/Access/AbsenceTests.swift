import MartletCore
import MartletRegistry
import Testing

@testable import MartletServer

/// Who may not even see that something is there is told what those are told who ask where it is not.
struct AbsenceTests {
    /// What is asked of experiment 1, 'e', and of the model 'm' with a version.
    static let requests: [(endpoint: String, body: JSONValue)] = [
        ("GET experiments/get", ["experiment_id": "1"]), ("GET experiments/get-by-name", ["experiment_name": "e"]),
        ("POST experiments/update", ["experiment_id": "1", "new_name": "f"]), ("POST experiments/delete", ["experiment_id": "1"]),
        ("POST experiments/restore", ["experiment_id": "1"]),
        ("POST experiments/set-experiment-tag", ["experiment_id": "1", "key": "k", "value": "v"]),
        ("POST runs/create", ["experiment_id": "1"]), ("GET registered-models/get", ["name": "m"]),
        ("PATCH registered-models/update", ["name": "m"]), ("POST registered-models/rename", ["name": "m", "new_name": "n"]),
        ("DELETE registered-models/delete", ["name": "m"]), ("GET registered-models/get-latest-versions", ["name": "m"]),
        ("POST registered-models/set-tag", ["name": "m", "key": "k", "value": "v"]),
        ("DELETE registered-models/delete-tag", ["name": "m", "key": "k"]),
        ("POST registered-models/alias", ["name": "m", "alias": "a", "version": "1"]),
        ("DELETE registered-models/alias", ["name": "m", "alias": "a"]), ("GET registered-models/alias", ["name": "m", "alias": "a"]),
        ("POST model-versions/create", ["name": "m", "source": "s3://bucket/x"]),
        ("GET model-versions/get", ["name": "m", "version": "1"]),
        ("GET model-versions/get-download-uri", ["name": "m", "version": "1"]),
        ("PATCH model-versions/update", ["name": "m", "version": "1"]),
        ("POST model-versions/transition-stage", ["name": "m", "version": "1", "stage": "Production"]),
        ("POST model-versions/set-tag", ["name": "m", "version": "1", "key": "k", "value": "v"]),
        ("DELETE model-versions/delete", ["name": "m", "version": "1"]),
    ]

    private func answer(_ stores: TrackingStores, _ index: Int, for principal: Principal) async throws -> TrackingAnswer {
        let (name, body) = Self.requests[index]
        let endpoint = try #require(TrackingRoutes(stores).endpoints.first { $0.name == name })
        let request = TrackingRequest(.post, contentType: "application/json", body: Array(body.canonicalText.utf8))
        let gate = AccessGate(stores.access, stores.tracking)
        return try await endpoint.respond(to: endpoint.read(request, for: principal), past: gate)
    }

    @Test(arguments: requests.indices)
    func `what may not be seen looks as if it were not there`(index: Int) async throws {
        let name = Self.requests[index].endpoint
        let hidden = Principal(name: "eve", role: .admin, grants: [.experiment(1): .none, .model("m"): .none])
        try await withTrackingStores { stores in
            let absent = try await answer(stores, index, for: Principal(name: "eve", role: .admin))
            _ = try await stores.tracking.createExperiment(name: "e")
            _ = try await stores.models.createModel("m")
            _ = try await stores.models.createVersion(ModelVersionDraft(model: "m", source: "s3://bucket/x"))
            let found = try await answer(stores, index, for: hidden)
            #expect(String(decoding: found.body, as: UTF8.self) == String(decoding: absent.body, as: UTF8.self), "\(name)")
            #expect(found.status == 404, "\(name)")
        }
    }
}
