import MartletCore
import MartletRegistry
import Testing

@testable import MartletServer

@Suite struct TraceReceiverTests {
    private static func withServer(_ body: (HTTPClient, TraceStore) async throws -> Void) async throws {
        try await withTrackingStores { stores in
            let traces = stores.traces
            var router = Router()
            TraceReceiver(traces, AccessGate(nil, stores.tracking)).add(to: &router)
            try await withTestServer(router) { server in
                try await HTTPClient.withClient(server.address) { try await body($0, traces) }
            }
        }
    }

    private static let protobuf: HeaderFields = ["content-type": "application/x-protobuf", "x-mlflow-experiment-id": "0"]
    private static let json: HeaderFields = ["content-type": "application/json; charset=utf-8", "x-mlflow-experiment-id": "0"]
    private static let trace = "tr-0102030405060708090a0b0c0d0e0f10"

    @Test func `spans are taken, plain and compressed, and acknowledged with nothing`() async throws {
        try await Self.withServer { client, traces in
            let plain = try await client.send(.post, "/v1/traces", headers: Self.protobuf, body: WholeTraceRequest.bytes)
            #expect((plain.status, plain.headers["content-type"], plain.body.count) == (200, "application/x-protobuf", 0))
            #expect(try await traces.info(Self.trace).state == .inProgress)
            var headers = Self.protobuf
            headers["content-encoding"] = "gzip"
            let small = try #require(Deflater.deflate(HTTPBody(WholeTraceRequest.bytes), .gzip))
            #expect(try await client.send(.post, "/v1/traces", headers: headers, body: HTTPBody(small).bytes).status == 200)
            #expect(try await traces.trace(Self.trace).spans.count == 1)
        }
    }

    @Test func `roots are linked to the run that a header names`() async throws {
        try await Self.withServer { client, traces in
            var headers = Self.json
            headers["x-mlflow-run-id"] = "r"
            let body = #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"01","spanId":"02","name":"x"}]}]}]}"#
            #expect(try await client.send(.post, "/v1/traces", headers: headers, body: Array(body.utf8)).status == 200)
            let filter = try SearchFilter(parsing: "run_id = 'r'", of: .traces)
            let found = try await traces.search(experiments: [0], filter: filter, orders: [], limit: 5)
            #expect(found.elements.count == 1)
        }
    }

    @Test(
        arguments: [
            (
                [:], "", 422,
                #"{"detail":[{"type":"missing","loc":["header","x-mlflow-experiment-id"],"msg":"Field required","input":null}]}"#
            ),
            (
                ["x-mlflow-experiment-id": "0", "content-type": "text/plain"], "", 400,
                #"{"detail":"Invalid Content-Type: text/plain. Expected: application/x-protobuf or application/json"}"#
            ),
            (Self.protobuf, "", 400, #"{"detail":"Invalid OpenTelemetry format - no spans found"}"#),
            (Self.protobuf, "\u{0F}", 400, #"{"detail":"Invalid OpenTelemetry format"}"#),
            (Self.json, "{", 400, #"{"detail":"Invalid OpenTelemetry format"}"#),
            (
                Self.json, #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"x"}]}]}]}"#, 422,
                #"{"detail":"Cannot convert OpenTelemetry span to MLflow span"}"#
            ),
            (
                ["x-mlflow-experiment-id": "77", "content-type": "application/json"],
                #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"01","spanId":"02"}]}]}]}"#, 404,
                #"{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "No Experiment with id=77 exists", "sqlstate": "KAM00", "#
                    + #""error_class": "RESOURCE_NOT_FOUND"}"#
            ),
        ] as [(HeaderFields, String, Int, String)])
    func `what is no request is refused as MLflow does`(headers: HeaderFields, body: String, status: Int, text: String) async throws {
        try await Self.withServer { client, _ in
            let answer = try await client.send(.post, "/v1/traces", headers: headers, body: Array(body.utf8))
            #expect((answer.status, String(decoding: answer.body, as: UTF8.self)) == (status, text))
        }
    }

    @Test func `groups without spans are taken`() async throws {
        try await Self.withServer { client, _ in
            let answer = try await client.send(.post, "/v1/traces", headers: Self.json, body: Array(#"{"resourceSpans":[{}]}"#.utf8))
            #expect(answer.status == 200)
        }
    }
}
