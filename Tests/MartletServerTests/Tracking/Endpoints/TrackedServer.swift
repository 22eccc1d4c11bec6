import MartletCore
import MartletRegistry
import MartletStore
import MartletTesting
import Testing

@testable import MartletServer

/// The endpoints on a store of their own, asked without a connection.
struct TrackedServer {
    let endpoints: [TrackingEndpoint]

    static func serve(_ body: (TrackedServer) async throws -> Void) async throws {
        try await withTrackingStore { try await body(TrackedServer(endpoints: TrackingEndpoints(store: $0).all)) }
    }

    /// Asks an endpoint by its only method, or by one of them.
    func ask(_ path: String, _ request: TrackingRequest, _ method: TrackingEndpoint.Method? = nil) async throws -> (
        status: Int, body: JSONValue
    ) {
        let endpoint = try #require(endpoints.first { $0.path == path && (method == nil || $0.method == method) })
        let answer = try await endpoint.respond(to: endpoint.read(request))
        return (answer.status, try JSONValue(parsing: answer.body, as: path))
    }

    func post(_ path: String, _ body: JSONValue) async throws -> (status: Int, body: JSONValue) {
        let request = TrackingRequest(.post, contentType: "application/json", body: Array(body.canonicalText.utf8))
        return try await ask(path, request, .post)
    }

    func get(_ path: String, _ query: KeyValuePairs<String, String>) async throws -> (status: Int, body: JSONValue) {
        try await ask(path, TrackingRequest(.get, query: query.map { (name: $0, value: $1) }), .get)
    }

    /// Makes an experiment. - Returns: its identifier.
    func experiment(_ name: String = "e") async throws -> String {
        try #require(try await post("experiments/create", ["name": .string(name)]).body["experiment_id"]?.string)
    }

    /// Makes a run. - Returns: its identifier.
    func run(in experiment: String = "0", _ more: [String: JSONValue] = [:]) async throws -> String {
        let members = more.merging(["experiment_id": .string(experiment)]) { $1 }
        return try #require(try await post("runs/create", .object(members)).body["run"]?["info"]?["run_id"]?.string)
    }
}

/// Lends an empty store.
func withTrackingStore(_ body: (TrackingStore) async throws -> Void) async throws {
    try await withTrackingStores { try await body($0.tracking) }
}

/// Lends empty stores and their home.
func withTrackingStores(_ body: (TrackingStores) async throws -> Void) async throws {
    try await withTrackingHome { stores, _ in try await body(stores) }
}

/// The same with the home.
func withTrackingHome(_ body: (TrackingStores, Home) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
        let home = Home(path: "\(folder)/home")
        try home.prepare()
        try await DatabaseKind.all[0].withDatabase { try await body(try await TrackingStores($0, home: home), home) }
    }
}
