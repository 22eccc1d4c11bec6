import MartletCore
import MartletRegistry
import Testing

@testable import MartletServer

@Suite struct TrackingRoutesTests {
    private static func withServer(_ body: (HTTPClient) async throws -> Void) async throws {
        try await withTrackingStores { stores in
            var router = Router()
            TrackingRoutes(stores).add(to: &router)
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

    @Test(arguments: ["/api", "/ajax-api"])
    func `what is asked of metrics of traces is not there, and no trace`(prefix: String) async throws {
        try await Self.withServer { client in
            let answer = try await client.send(.post, prefix + "/3.0/mlflow/traces/metrics", headers: Self.json, body: Array("{}".utf8))
            #expect((answer.status, answer.headers["content-type"]) == (404, "text/html; charset=utf-8"))
            let trace = try await client.send(.get, prefix + "/3.0/mlflow/traces/metrics")
            #expect((trace.status, trace.headers["content-type"]) == (404, "application/json"))
        }
    }

    @Test func `clients that put a slash too many before a path are answered`() async throws {
        try await Self.withServer { client in
            let health = try await client.send(.get, "//health")
            #expect((health.status, String(decoding: health.body, as: UTF8.self)) == (200, "OK"))
            #expect(try await client.send(.get, "//api/2.0/mlflow/experiments/get?experiment_id=0").status == 200)
            for path in ["//get-artifact?run_id=a&path=../x", "///model-versions/get-artifact?name=m&version=1&path=../x"] {
                let refused = try await client.send(.get, path)
                let body = try JSONValue(parsing: refused.body, as: path)
                #expect((refused.status, body["error_code"], body["message"]) == (400, "INVALID_PARAMETER_VALUE", "Invalid path"))
            }
        }
    }

    @Test(
        arguments: [
            (.get, "/api/2.0/mlflow/experiments/get-by-name?experiment_name=a%FF%", [:], 404, "RESOURCE_DOES_NOT_EXIST"),
            (.get, "/api/2.0/mlflow/experiments/%FF", [:], 400, "BAD_REQUEST"),
            (.post, "/ajax-api/2.0/mlflow/runs/create", ["content-encoding": "br"], 415, "BAD_REQUEST"),
            (.post, "/api/2.0/mlflow/runs/create", ["content-encoding": "gzip"], 400, "BAD_REQUEST"),
        ] as [(HTTPRequest.Method, String, HeaderFields, Int, String)])
    func `what no endpoint sees is refused in MLflow's shape`(
        method: HTTPRequest.Method, path: String, headers: HeaderFields, status: Int, code: String
    ) async throws {
        try await Self.withServer { client in
            let answer = try await client.send(method, path, headers: headers, body: Array("x".utf8))
            let body = try JSONValue(parsing: answer.body, as: path)
            #expect((answer.status, body["error_code"]) == (status, .string(code)))
            #expect(body["message"]?.string?.isEmpty == false)
        }
    }

    @Test(arguments: [
        ("gzip", #"{"detail":"Failed to decompress gzip payload"}"#), ("deflate", #"{"detail":"Failed to decompress deflate payload"}"#),
        ("br", #"{"detail":"Unsupported Content-Encoding: br"}"#),
    ])
    func `spans that cannot be decompressed are refused as MLflow does`(coding: String, text: String) async throws {
        try await Self.withServer { client in
            let headers: HeaderFields = [
                "content-type": "application/x-protobuf", "x-mlflow-experiment-id": "0", "content-encoding": coding,
            ]
            let answer = try await client.send(.post, "/v1/traces", headers: headers, body: Array("xx".utf8))
            #expect((answer.status, String(decoding: answer.body, as: UTF8.self)) == (400, text))
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
