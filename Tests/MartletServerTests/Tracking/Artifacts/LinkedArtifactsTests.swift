import MartletCore
import MartletRegistry
import MartletStore
import MartletTesting
import Testing

@testable import MartletServer

/// The files behind versions of models, logged models and traces.
struct LinkedArtifactsTests {
    private static let boss = AccessStore.Actor("boss")

    private struct Place {
        let stores: TrackingStores
        let client: HTTPClient
        let model: String
        let trace: String

        func get(_ target: String, token: String? = nil) async throws -> (status: Int, text: String) {
            let answer = try await client.send(.get, target, headers: token.map { ["authorization": "Bearer \($0)"] } ?? [:])
            return (answer.status, String(decoding: answer.body, as: UTF8.self))
        }

        var targets: [String] {
            [
                "/model-versions/get-artifact?name=m&version=1&path=f.txt",
                "/ajax-api/2.0/mlflow/logged-models/\(model)/artifacts/files?artifact_file_path=f.txt",
                "/ajax-api/3.0/mlflow/get-trace-artifact?request_id=\(trace)",
            ]
        }
    }

    /// Lends a server on which a version, a logged model and a trace of experiment 1 have a file.
    private func with(_ body: (Place) async throws -> Void) async throws {
        try await withTrackingStores { stores in
            let experiment = try await stores.tracking.createExperiment(name: "e")
            let run = try await stores.tracking.createRun(RunDraft(experiment: experiment)).info
            let model = try await stores.loggedModels.create(LoggedModelDraft(experiment: experiment))
            let trace = try await stores.traces.begin(experiment: experiment, startedAt: 0).id
            _ = try await stores.models.createModel("m")
            _ = try await stores.models.createVersion(ModelVersionDraft(model: "m", source: run.artifactURI, run: run.id))
            for path in [
                "\(experiment)/\(run.id)/artifacts/f.txt", "\(experiment)/models/\(model.id)/artifacts/f.txt",
                "\(experiment)/traces/\(trace)/artifacts/traces.json",
            ] {
                let upload = try stores.artifacts.makeUpload()
                try Array("kept".utf8).withUnsafeBytes { try upload.write($0) }
                try await stores.artifacts.keep(try upload.finish(), at: try ArtifactPath(writing: path))
            }
            var router = Router()
            TrackingRoutes(stores).add(to: &router)
            try await withTestServer(router) { server in
                try await HTTPClient.withClient(server.address) { client in
                    try await body(Place(stores: stores, client: client, model: model.id, trace: trace))
                }
            }
        }
    }

    @Test func `each is got`() async throws {
        try await with { place in
            for target in place.targets {
                let answer = try await place.get(target)
                #expect(answer == (200, "kept"), "\(target)")
            }
        }
    }

    @Test func `who may read the model gets its files, and who may read the experiment the others`() async throws {
        try await with { place in
            let access = place.stores.access
            try await access.addUser("boss", password: nil, isAdministrator: true, by: Self.boss)
            func statuses(_ name: String, _ grants: [AccessSubject]) async throws -> [Int] {
                try await access.addUser(name, password: nil, role: .none, by: Self.boss)
                for subject in grants { try await access.grant(.read, to: name, on: subject, by: Self.boss) }
                let token = try await access.addToken(of: name, label: "", by: Self.boss).secret
                var statuses: [Int] = []
                for target in place.targets { statuses.append(try await place.get(target, token: token).status) }
                return statuses
            }
            #expect(try await statuses("ann", [.model("m")]) == [200, 404, 404])
            #expect(try await statuses("bob", [.experiment(1)]) == [404, 200, 200])
            #expect(try await statuses("eve", [.experiment(0)]) == [404, 404, 404])
            for target in place.targets { #expect(try await place.get(target).status == 401) }
        }
    }

    @Test func `refusals are in MLflow's words`() async throws {
        try await with { place in
            func refusal(_ target: String) async throws -> String {
                let answer = try await place.get(target)
                let body = try JSONValue(parsing: Array(answer.text.utf8), as: target)
                return "\(answer.status) \(body["message"]?.string ?? "")"
            }
            let versions = "/model-versions/get-artifact"
            let page = try await place.get(versions + "?name=m&version=1").text
            #expect(page.contains("<h1>Bad Request</h1>"))
            let files = "/ajax-api/2.0/mlflow/logged-models/\(place.model)/artifacts/files"
            let traces = "/ajax-api/2.0/mlflow/get-trace-artifact"
            for (target, words) in [
                (versions + "?path=../x&name=none", "400 Invalid path"),
                (versions + "?path=x&version=1", "400 Missing value for required parameter 'name'."),
                (versions + "?path=x&name=m&version=x", "400 Parameter 'version' must be an integer, got 'x'."),
                (versions + "?path=x&name=m&version=9", "404 Model Version (name=m, version=9) not found"),
                (files, "400 Request must include the \"artifact_file_path\" query parameter."),
                (files + "?artifact_file_path=x", "404 No such artifact: '1/models/\(place.model)/artifacts/x'"),
                (traces, "400 Request must include the \"request_id\" query parameter."),
                (traces + "?request_id=none", "404 Trace with ID none is not found."),
                (
                    traces + "?request_id=\(place.trace)&path=a/b",
                    "400 Invalid attachment path: 'a/b'. Attachment path must be a valid UUID."
                ),
            ] {
                let found = try await refusal(target)
                #expect(found == words)
            }
        }
    }

    @Test func `what is nowhere and what is asked the wrong way are pages, as clients expect`() async throws {
        try await with { place in
            #expect(try await place.get("/api/2.0/mlflow/nowhere").text.contains("<title>404 Not Found</title>"))
            let refused = try await place.client.send(.post, "/api/2.0/mlflow/runs/get")
            #expect(refused.status == 405)
            #expect(refused.headers["content-type"] == "text/html; charset=utf-8")
            #expect(refused.headers["allow"]?.contains("GET") == true)
        }
    }
}
