import MartletCore
import MartletRegistry
import MartletStore
import MartletTesting
import Testing

@testable import MartletServer

/// A tracking server with artifacts, asked over a connection.
struct ArtifactServer {
    static let files = "/api/2.0/mlflow-artifacts/artifacts"

    let client: HTTPClient
    let server: RunningHTTPServer
    let home: Home
    /// A run in the experiment 0.
    let run: String

    static func with(limits: ArtifactRoutes.Limits = ArtifactRoutes.Limits(), _ body: (ArtifactServer) async throws -> Void) async throws {
        try await withTrackingHome { stores, home in
            var router = Router()
            TrackingRoutes(stores, artifactLimits: limits).add(to: &router)
            let run = try await stores.tracking.createRun(RunDraft(experiment: 0)).info.id
            try await withTestServer(router) { server in
                try await HTTPClient.withClient(server.address) { client in
                    try await body(ArtifactServer(client: client, server: server, home: home, run: run))
                }
            }
        }
    }

    /// Where the run's artifacts are.
    var root: String { "0/\(run)/artifacts" }

    func put(_ path: String, _ text: String) async throws -> Int {
        try await client.send(.put, "\(Self.files)/\(path)", body: Array(text.utf8)).status
    }

    func get(_ target: String, headers: HeaderFields = [:]) async throws -> (status: Int, headers: HeaderFields, text: String) {
        let answer = try await client.send(.get, target, headers: headers)
        return (answer.status, answer.headers, String(decoding: answer.body, as: UTF8.self))
    }

    func file(_ path: String, headers: HeaderFields = [:]) async throws -> (status: Int, headers: HeaderFields, text: String) {
        try await get("\(Self.files)/\(path)", headers: headers)
    }

    func post(_ target: String, _ body: JSONValue) async throws -> (status: Int, body: JSONValue) {
        let answer = try await client.send(
            .post, target, headers: ["content-type": "application/json"], body: Array(body.canonicalText.utf8))
        return (answer.status, try JSONValue(parsing: answer.body, as: target))
    }
}
