import MartletCore
import MartletRegistry
import MartletStore
import MartletTesting
import Testing

@testable import MartletServer

/// What somebody may not see is neither found by searching nor reached by another way to the same place.
struct HiddenThingsTests {
    private let eve = Principal(name: "eve", role: .none, grants: [.experiment(0): .admin])

    private func ask(
        _ stores: TrackingStores, _ name: String, _ body: JSONValue, for principal: Principal
    ) async throws -> (status: Int, body: JSONValue) {
        let routes = TrackingRoutes(stores)
        let endpoint = try #require(routes.endpoints.first { $0.name == name })
        let request = TrackingRequest(.post, contentType: "application/json", body: Array(body.canonicalText.utf8))
        let gate = AccessGate(stores.access, stores.tracking)
        let answer = try await endpoint.respond(to: endpoint.read(request, for: principal), past: gate)
        return (answer.status, try JSONValue(parsing: answer.body, as: name))
    }

    @Test func `evaluation datasets of others are not found, by no search`() async throws {
        try await withTrackingStores { stores in
            let hidden = try await stores.tracking.createExperiment(name: "hidden")
            for (name, experiments) in [("mine", ["0"]), ("theirs", ["\(hidden)"]), ("shared", ["0", "\(hidden)"]), ("nobody's", [])] {
                _ = try await stores.datasets.create(name: name, experiments: experiments)
            }
            func found(_ body: JSONValue, _ principal: Principal) async throws -> Set<String> {
                let answer = try await ask(stores, "POST 3.0/datasets/search", body, for: principal)
                return Set(answer.body["datasets"]?.array?.compactMap { $0["name"]?.string } ?? [])
            }
            #expect(try await found([:], eve) == ["mine"])
            #expect(try await found(["experiment_ids": ["0"]], eve) == ["mine"])
            #expect(try await found(["locations": [["mlflow_experiment": ["experiment_id": "0"]]]], eve) == ["mine"])
            let reader = Principal(name: "ann", role: .read, grants: [.experiment(hidden): .none])
            #expect(try await found([:], reader) == ["mine", "nobody's"])
            #expect(try await found([:], .everybody).count == 4)
        }
    }

    @Test(arguments: ["mlflow-artifacts:/1", "MLflow-Artifacts:/1", "file:///srv", "/srv", "relative", " mlflow-artifacts:/1"])
    func `who is no administrator does not choose where on this server artifacts lie`(place: String) async throws {
        try await withTrackingStores { stores in
            let writer = Principal(name: "ann", role: .write)
            let body: JSONValue = ["name": "e", "artifact_location": .string(place)]
            let answer = try await ask(stores, "POST experiments/create", body, for: writer)
            #expect(answer.status == 403)
            let elsewhere = try await ask(
                stores, "POST experiments/create", ["name": "e", "artifact_location": "gs://bucket/1"], for: .everybody)
            #expect(elsewhere.status == 200)
        }
    }

    /// An administrator may have placed an experiment within another one.
    @Test func `a run does not open what lies in the place of another experiment`() async throws {
        try await withTrackingStores { stores in
            let hidden = try await stores.tracking.createExperiment(name: "hidden")
            let within = try await stores.tracking.createExperiment(name: "within", artifactLocation: "mlflow-artifacts:/\(hidden)")
            let run = try await stores.tracking.createRun(RunDraft(experiment: within)).info
            let routes = ArtifactRoutes(stores.tracking, stores.artifacts, stores.uploads, AccessGate(stores.access, stores.tracking))
            let path = try ArtifactPath(reading: "secret")
            let principal = Principal(name: "eve", grants: [.experiment(within): .admin])
            await #expect(throws: TrackingFault.self) { try await routes.place(path, below: run.artifactURI, .read, for: principal) }
            let both = Principal(name: "eve", grants: [.experiment(within): .admin, .experiment(hidden): .read])
            let place = try await routes.place(path, below: run.artifactURI, .read, for: both)
            #expect(place.text == "\(hidden)/\(run.id)/artifacts/secret")
        }
    }

    @Test func `a place of its own belongs to its experiment, and what is nobody's to administrators`() async throws {
        try await withTrackingStores { stores in
            let placed = try await stores.tracking.createExperiment(name: "placed", artifactLocation: "mlflow-artifacts:/team/a")
            let gate = AccessGate(stores.access, stores.tracking)
            let principal = Principal(name: "ann", role: .write, grants: [.experiment(placed): .read])
            func status(_ text: String, _ role: Role) async throws -> Bool {
                do {
                    try await gate.check(principal, role, try ArtifactPath(reading: text))
                    return true
                } catch is TrackingFault { return false }
            }
            #expect(try await status("team/a/x", .read))
            #expect(try await !status("team/a/x", .write))
            #expect(try await status("0/x", .write))
            for path in ["team", "team/ab", "", "00/x", "+0/x", "77/x", "elsewhere"] { #expect(try await !status(path, .read), "\(path)") }
        }
    }
}
