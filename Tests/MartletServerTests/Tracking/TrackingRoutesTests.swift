import MartletCore
import Testing

@testable import MartletServer

@Suite struct TrackingRoutesTests {
    private static func withServer(_ body: (HTTPClient) async throws -> Void) async throws {
        try await withTrackingStore { store in
            var router = Router()
            TrackingRoutes(try await TrackedServer.endpoints(on: store)).add(to: &router)
            try await withTestServer(router) { server in try await HTTPClient.withClient(server.address) { try await body($0) } }
        }
    }

    private static let json: HeaderFields = ["content-type": "application/json"]

    @Test func `the server is healthy and says whom it follows`() async throws {
        try await Self.withServer { client in
            let health = try await client.send(.get, "/health")
            let version = try await client.send(.get, "/version")
            #expect((health.status, String(decoding: health.body, as: UTF8.self)) == (200, "OK"))
            #expect((version.status, String(decoding: version.body, as: UTF8.self)) == (200, "3.17.2"))
            let info = try await client.send(.get, "/api/3.0/mlflow/server-info")
            #expect(try JSONValue(parsing: info.body, as: "info")["store_type"] == "SqlStore")
        }
    }

    @Test(arguments: ["/api", "/ajax-api"])
    func `clients and web pages have the same endpoints`(prefix: String) async throws {
        try await Self.withServer { client in
            let made = try await client.send(
                .post, prefix + "/2.0/mlflow/experiments/create", headers: Self.json, body: Array(#"{"name":"é"}"#.utf8))
            let found = try await client.send(.get, prefix + "/2.0/mlflow/experiments/get-by-name?experiment_name=%C3%A9")
            #expect(made.status == 200)
            #expect(made.headers["content-type"] == "application/json")
            #expect(try JSONValue(parsing: found.body, as: "found")["experiment"]?["experiment_id"] == "1")
        }
    }

    @Test func `whole histories are for web pages only`() async throws {
        try await Self.withServer { client in
            let query = "/2.0/mlflow/metrics/get-history-bulk?run_id=a&metric_key=k"
            let (page, client) = (try await client.send(.get, "/ajax-api" + query), try await client.send(.get, "/api" + query))
            #expect((page.status, client.status) == (200, 404))
        }
    }

    @Test func `refusals have MLflow's status and body`() async throws {
        try await Self.withServer { client in
            let unnamed = try await client.send(.post, "/api/2.0/mlflow/experiments/create", headers: Self.json, body: Array("{".utf8))
            #expect(unnamed.status == 400)
            #expect(
                try JSONValue(parsing: unnamed.body, as: "refusal")["message"]
                    == "Missing value for required parameter 'name'. See the API docs for more information about request parameters.")
            let untyped = try await client.send(.post, "/api/2.0/mlflow/runs/search", headers: [:], body: Array("{}".utf8))
            #expect(
                try JSONValue(parsing: untyped.body, as: "refusal")["message"] == "Bad Request. Content-Type header is missing.")
            #expect(try await client.send(.get, "/api/2.0/mlflow/experiments/get?experiment_id=9").status == 404)
        }
    }

    @Test func `a large body is read away from the connection's thread`() async throws {
        try await Self.withServer { client in
            let metrics = (0..<20_000).map { #"{"key":"m","value":\#($0),"timestamp":1}"# }.joined(separator: ",")
            let answer = try await client.send(
                .post, "/api/2.0/mlflow/runs/log-batch", headers: Self.json, body: Array(#"{"run_id":"a","metrics":[\#(metrics)]}"#.utf8))
            #expect(answer.status == 400)
            #expect(
                try JSONValue(parsing: answer.body, as: "refusal")["message"]?.string?
                    .hasPrefix("A batch logging request can contain at most 1000 metrics. Got 20000 metrics.") == true)
        }
    }

    @Test func `web pages of other servers change nothing`() async throws {
        try await Self.withServer { client in
            func status(_ origin: String) async throws -> Int {
                let headers: HeaderFields = ["content-type": "application/json", "origin": origin]
                return try await client.send(
                    .post, "/ajax-api/2.0/mlflow/runs/create", headers: headers, body: Array(#"{"experiment_id":"0"}"#.utf8)
                ).status
            }
            let (foreign, own) = (try await status("http://example.org"), try await status("http://localhost:3000"))
            #expect((foreign, own) == (403, 200))
        }
    }
}
