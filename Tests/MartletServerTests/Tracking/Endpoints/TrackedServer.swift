import MartletCore
import MartletRegistry
import MartletStore
import MartletTesting
import Testing

@testable import MartletServer

/// The endpoints on a store of their own, asked without a connection.
struct TrackedServer {
    let endpoints: [TrackingEndpoint]

    /// - Parameter files: who lists the files of logged models.
    /// - Parameter more: further endpoints on the store.
    static func serve(
        files: (any ModelFileListing)? = nil, more: (TrackingStore) async throws -> [TrackingEndpoint] = { _ in [] },
        _ body: (TrackedServer) async throws -> Void
    ) async throws {
        try await withTrackingStore { store in
            try await body(TrackedServer(endpoints: try await endpoints(on: store, files: files) + more(store)))
        }
    }

    /// The endpoints of a store and those beside it.
    static func endpoints(on store: TrackingStore, files: (any ModelFileListing)? = nil) async throws -> [TrackingEndpoint] {
        let models = try await LoggedModelStore(store)
        return TrackingEndpoints(store: store, models: models).all + LoggedModelEndpoints(store: models, files: files).all
            + EvaluationDatasetEndpoints(store: try await EvaluationDatasetStore(store)).all
    }

    /// Asks an endpoint by its only method, or by one of them. What a path gives to the parameters of a template is passed on.
    func ask(_ path: String, _ request: TrackingRequest, _ method: TrackingEndpoint.Method? = nil) async throws -> (
        status: Int, body: JSONValue
    ) {
        let asked = endpoints.filter { method == nil || $0.method == method }
        let exact = asked.first { $0.path == path }.map { ($0, RouteParameters()) }
        let fitting = asked.lazy.compactMap { endpoint in Self.parameters(of: path, in: endpoint.path).map { (endpoint, $0) } }
        let (endpoint, parameters) = try #require(exact ?? fitting.first)
        let answer = try await endpoint.respond(to: endpoint.read(request, parameters))
        return (answer.status, try JSONValue(parsing: answer.body, as: path))
    }

    private static func parameters(of path: String, in template: String) -> RouteParameters? {
        let (parts, names) = (path.split(separator: "/"), template.split(separator: "/"))
        let pairs = Array(zip(names, parts))
        guard parts.count == names.count, pairs.allSatisfy({ $0 == $1 || $0.hasPrefix("{") }) else { return nil }
        let given = pairs.filter { $0.0.hasPrefix("{") }
        return RouteParameters(names: given.map { String($0.0.dropFirst().dropLast()) }, values: given.map { String($0.1) })
    }

    func post(_ path: String, _ body: JSONValue) async throws -> (status: Int, body: JSONValue) {
        let request = TrackingRequest(.post, contentType: "application/json", body: Array(body.canonicalText.utf8))
        return try await ask(path, request, .post)
    }

    func patch(_ path: String, _ body: JSONValue) async throws -> (status: Int, body: JSONValue) {
        try await ask(path, TrackingRequest(.other, body: Array(body.canonicalText.utf8)), .patch)
    }

    func delete(_ path: String, _ body: JSONValue = [:]) async throws -> (status: Int, body: JSONValue) {
        try await ask(path, TrackingRequest(.other, body: Array(body.canonicalText.utf8)), .delete)
    }

    func get(_ path: String, _ query: KeyValuePairs<String, String> = [:]) async throws -> (status: Int, body: JSONValue) {
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
