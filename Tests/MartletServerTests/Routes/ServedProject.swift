import Foundation
import MartletCore
import MartletPlatform
import MartletStore
import MartletTesting
import Synchronization
import Testing

@testable import MartletServer

/// The synthetic project, run and deployed once and served by each test from a copy of it, over a socket.
enum ServedProject {
    private static let folder = Mutex<TemporaryFolder?>(nil)

    private static let template = Task { () throws -> String in
        let made = try TemporaryFolder()
        folder.withLock { $0 = made }
        atexit { ServedProject.folder.withLock { $0?.remove() } }
        try PricingProject.write(to: made.path) { $0.trees = 10 }
        let platform = try open(made.path)
        try await ProjectPipeline(platform).run { _ in }
        _ = try Deployment(platform).deployFirst("price", by: "tests")
        try await platform.tracking().database.close()
        try platform.records.close()
        return made.path
    }

    private static func open(_ folder: String, home: String = "home") throws -> Platform {
        try Platform(project: try Project.read(file: "\(folder)/martlet.yaml"), home: "\(folder)/\(home)")
    }

    /// A copy of the project, removed afterwards.
    static func with(home: String = "home", _ body: (Platform) async throws -> Void) async throws {
        let template = try await template.value
        try await withTemporaryFolder { folder in
            let copy = "\(folder)/project"
            try FileManager.default.copyItem(atPath: template, toPath: copy)
            try await body(try open(copy, home: home))
        }
    }

    /// A served copy of the project.
    ///
    /// - Parameter home: another one than `home` has no release.
    static func serve(home: String = "home", _ body: (Served) async throws -> Void) async throws {
        try await with(home: home) { platform in
            let service = try PredictionService(platform, process: "test", waitAtMost: .zero)
            let metrics = MetricsRegistry()
            let readiness = Readiness()
            readiness.isReady = true
            let routes = ServiceRoutes(service: service, metrics: metrics, readiness: readiness)
            try await withTestServer(routes.router, metrics: metrics) { server in
                try await HTTPClient.withClient(server.address) { client in
                    try await body(Served(platform: platform, service: service, readiness: readiness, client: client))
                }
            }
            try await service.close()
        }
    }

    /// A request for the price of brand 2 in store 3, one week after the data ends.
    static let request: JSONValue = [
        "store": 3, "brand": 2, "week": 41, "feature": 0, "competitor": ["1": 1.99, "3": 2.95],
    ]
}

/// A project that is served, and a client of it.
struct Served {
    let platform: Platform
    let service: PredictionService
    let readiness: Readiness
    let client: HTTPClient

    /// Sends a request.
    ///
    /// - Returns: the status and the body as JSON.
    func send(
        _ method: HTTPRequest.Method, _ target: String, _ body: JSONValue? = nil, headers: HeaderFields = [:]
    ) async throws -> (status: Int, body: JSONValue) {
        let response = try await client.send(
            method, target, headers: headers, body: Array((body?.canonicalText ?? "").utf8))
        return (response.status, try JSONValue(parsing: response.body, as: "the answer"))
    }
}
