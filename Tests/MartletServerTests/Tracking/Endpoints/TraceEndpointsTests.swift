import MartletCore
import MartletRegistry
import Testing

@testable import MartletServer

/// The endpoints of traces on a store of their own, asked without a connection.
private struct TracedServer {
    let store: TraceStore

    static func serve(_ body: (TracedServer) async throws -> Void) async throws {
        try await withTrackingStore { try await body(TracedServer(store: try await TraceStore($0))) }
    }

    func ask(
        _ method: TrackingEndpoint.Method, _ path: String, _ body: JSONValue? = nil, query: KeyValuePairs<String, String> = [:],
        _ parameters: KeyValuePairs<String, String> = [:], version: TrackingEndpoint.Version = .v3
    ) async throws -> (status: Int, body: JSONValue) {
        let endpoint = try #require(
            TraceEndpoints(store: store).all.first { $0.path == path && $0.method == method && $0.version == version })
        let kind: TrackingRequest.Method = method == .get ? .get : method == .post ? .post : .other
        let request = TrackingRequest(
            kind, query: query.map { (name: $0, value: $1) }, contentType: "application/json",
            body: body.map { Array($0.canonicalText.utf8) } ?? [])
        let answer = try await endpoint.respond(to: endpoint.read(request, RouteParameters(parameters)))
        return (answer.status, try JSONValue(parsing: answer.body, as: path))
    }

    static let here: JSONValue = ["type": "MLFLOW_EXPERIMENT", "mlflow_experiment": ["experiment_id": "0"]]

    @discardableResult func make(_ id: String, _ more: [String: JSONValue] = [:]) async throws -> (status: Int, body: JSONValue) {
        let info = more.merging(["trace_id": .string(id), "trace_location": Self.here]) { own, _ in own }
        return try await ask(.post, "traces", ["trace": ["trace_info": .object(info)]])
    }
}

@Suite struct TraceEndpointsTests {
    @Test func `a trace is told and shown in MLflow's form`() async throws {
        try await TracedServer.serve { server in
            let told = try await server.make(
                "tr-1",
                [
                    "request_time": "2025-01-01T01:00:00.123456789+01:00", "execution_duration": "1.5s", "state": "OK",
                    "client_request_id": "c", "request_preview": "r", "tags": ["t": "v"],
                    "trace_metadata": ["a": .string(String(repeating: "m", count: 300))],
                ])
            #expect(told.status == 200)
            #expect(
                told.body["trace"]?["trace_info"] == [
                    "trace_id": "tr-1", "client_request_id": "c", "trace_location": TracedServer.here,
                    "request_time": "2025-01-01T00:00:00.123Z", "execution_duration": "1.500s", "state": "OK", "request_preview": "r",
                    "tags": ["t": "v", "mlflow.artifactLocation": "mlflow-artifacts:/0/traces/tr-1/artifacts"],
                    "trace_metadata": ["a": .string(String(repeating: "m", count: 250)), "mlflow.trace.infoFinalized": "true"],
                ])
            #expect(try await server.ask(.get, "traces/{trace_id}", nil, ["trace_id": "tr-1"]).body == told.body)
            let unknown = try await server.ask(.get, "traces/{trace_id}", nil, ["trace_id": "x"])
            #expect((unknown.status, unknown.body["message"]) == (404, "Trace with ID 'x' not found."))
            let infos = try await server.ask(.post, "traces/batchGetInfos", ["trace_ids": ["x", "tr-1"]])
            #expect(infos.body["trace_infos"]?.array?.count == 1)
            let spans = try await server.ask(.get, "traces/get", query: ["trace_id": "tr-1"])
            #expect((spans.status, spans.body["message"]) == (500, "Trace data not stored in tracking store"))
        }
    }

    @Test func `spans are shown in OpenTelemetry's form`() async throws {
        try await TracedServer.serve { server in
            try await server.store.log(TraceRequestReader.read(WholeTraceRequest.bytes), experiment: "0")
            let id = "tr-0102030405060708090a0b0c0d0e0f10"
            let one = try await server.ask(.get, "traces/get", query: ["trace_id": id, "allow_partial": "true"]).body["trace"]
            #expect(
                one?["spans"] == [
                    [
                        "trace_id": "AQIDBAUGBwgJCgsMDQ4PEA==", "span_id": "AQIDBAUGBwg=", "parent_span_id": "AgMEBQYHCAk=", "name": "é",
                        "start_time_unix_nano": 5, "end_time_unix_nano": 6,
                        "attributes": [
                            ["key": "text", "value": ["string_value": "t"]], ["key": "boolean", "value": ["bool_value": true]],
                            ["key": "integer", "value": ["int_value": -3]], ["key": "number", "value": ["double_value": 1.5]],
                            ["key": "list", "value": ["array_value": ["values": [["int_value": 1]]]]],
                            ["key": "members", "value": ["kvlist_value": ["values": [["key": "k", "value": ["string_value": "v"]]]]]],
                            ["key": "bytes", "value": ["string_value": "b'\\x00\\xff'"]], ["key": "nothing"],
                            ["key": "mlflow.traceRequestId", "value": ["string_value": .string(id)]],
                        ],
                        "events": [["time_unix_nano": 7, "name": "event", "attributes": [["key": "k", "value": ["int_value": 1]]]]],
                        "links": [
                            [
                                "trace_id": "AAAAAAAAAAAAAAAAAAAAAQ==", "span_id": "AAAAAAAAAAI=",
                                "attributes": [["key": "k", "value": ["int_value": 1]]],
                            ]
                        ],
                        "status": ["code": "STATUS_CODE_ERROR", "message": "bad"],
                    ]
                ])
            let batch = try await server.ask(.get, "traces/batchGet", query: ["trace_ids": id, "trace_ids": "x"]).body
            #expect(batch["traces"] == .array([try #require(one)]))
        }
    }

    @Test func `traces are searched page by page, by either interface`() async throws {
        try await TracedServer.serve { server in
            for place in 1...3 { try await server.make("t\(place)", ["request_time": .string("2025-01-01T00:00:0\(place)Z")]) }
            func ids(_ page: JSONValue, _ key: String) -> [String] { page["traces"]?.array?.compactMap { $0[key]?.string } ?? [] }
            let search: [String: JSONValue] = ["locations": [TracedServer.here], "max_results": 2]
            let first = try await server.ask(.post, "traces/search", .object(search)).body
            let token = try #require(first["next_page_token"])
            let second = try await server.ask(.post, "traces/search", .object(search.merging(["page_token": token]) { $1 })).body
            #expect((ids(first, "trace_id"), ids(second, "trace_id")) == (["t3", "t2"], ["t1"]))
            #expect(second["next_page_token"] == nil)
            let old = try await server.ask(
                .get, "traces", query: ["experiment_ids": "0", "filter": "timestamp > 1735689601000", "order_by": "timestamp ASC"],
                version: .v2)
            #expect(ids(old.body, "request_id") == ["t2", "t3"])
            let missing = try await server.ask(.post, "traces/search", [:])
            #expect(
                missing.body["message"]
                    == "Missing value for required parameter 'locations'. See the API docs for more information about request parameters.")
            let large = try await server.ask(.post, "traces/search", ["locations": [], "max_results": 501])
            #expect(large.body["message"]?.string?.hasPrefix("Invalid value 501 for parameter 'max_results' supplied:  Hint") == true)
        }
    }

    @Test(arguments: [TrackingEndpoint.Version.v2, .v3])
    func `traces are tagged and deleted`(version: TrackingEndpoint.Version) async throws {
        try await TracedServer.serve { server in
            try await server.make("t")
            let path: KeyValuePairs = ["trace_id": "t"]
            #expect(try await server.ask(.patch, "traces/{trace_id}/tags", ["key": "k", "value": "v"], path, version: version).body == [:])
            #expect(try await server.store.info("t").tags.contains(KeyedText("k", "v")))
            #expect(try await server.ask(.delete, "traces/{trace_id}/tags", ["key": "k"], path, version: version).status == 200)
            #expect(try await server.ask(.delete, "traces/{trace_id}/tags", ["key": "k"], path, version: version).status == 404)
            let deleted = try await server.ask(
                .post, "traces/delete-traces", ["experiment_id": "0", "request_ids": ["t"]], version: version)
            #expect(deleted.body == ["traces_deleted": 1])
            let none = try await server.ask(.post, "traces/delete-traces", ["experiment_id": "0"], version: version)
            #expect((none.status, none.body["message"]) == (400, "Either `max_timestamp_millis` or `trace_ids` must be specified."))
        }
    }

    @Test func `an assessment is added, changed, shown and deleted`() async throws {
        try await TracedServer.serve { server in
            try await server.make("t")
            let added = try await server.ask(
                .post, "traces/{trace_id}/assessments",
                [
                    "assessment": [
                        "assessment_name": "n", "source": ["source_type": "HUMAN", "source_id": "me"], "feedback": ["value": 5],
                        "create_time": "2025-01-01T00:00:00Z", "metadata": ["m": "1"], "rationale": "",
                    ]
                ], ["trace_id": "t"])
            let assessment = try #require(added.body["assessment"])
            let id = try #require(assessment["assessment_id"]?.string)
            #expect(assessment["feedback"] == ["value": 5.0])
            #expect(assessment["source"] == ["source_type": "HUMAN", "source_id": "me"])
            #expect((assessment["create_time"], assessment["valid"], assessment["rationale"]) == ("2025-01-01T00:00:00Z", true, nil))
            let path: KeyValuePairs = ["trace_id": "t", "assessment_id": id]
            let changed = try await server.ask(
                .patch, "traces/{trace_id}/assessments/{assessment_id}",
                ["assessment": ["feedback": ["value": [1]], "rationale": "why"], "update_mask": "feedback,rationale"], path)
            #expect(changed.body["assessment"]?["feedback"] == ["value": [1.0]])
            #expect(changed.body["assessment"]?["rationale"] == "why")
            let shown = try await server.ask(.get, "traces/{trace_id}/assessments/{assessment_id}", nil, path)
            #expect(shown.body == changed.body)
            #expect(try await server.ask(.delete, "traces/{trace_id}/assessments/{assessment_id}", nil, path).body == [:])
            #expect(try await server.ask(.get, "traces/{trace_id}/assessments/{assessment_id}", nil, path).status == 404)
        }
    }

    @Test(
        arguments: [
            (["value": "x"], ["value": "x"]),
            (["value": [1, 2]], ["serialized_value": ["serialization_format": "JSON_FORMAT", "value": "[1.0, 2.0]"]]),
            (
                ["serialized_value": ["serialization_format": "JSON_FORMAT", "value": "{\"a\":[1,2.50]}"]],
                ["serialized_value": ["serialization_format": "JSON_FORMAT", "value": "{\"a\": [1, 2.5]}"]]
            ),
        ] as [(JSONValue, JSONValue)])
    func `what is expected is shown in MLflow's form`(told: JSONValue, shown: JSONValue) async throws {
        try await TracedServer.serve { server in
            try await server.make("t")
            let added = try await server.ask(
                .post, "traces/{trace_id}/assessments", ["assessment": ["assessment_name": "n", "expectation": told]], ["trace_id": "t"])
            #expect(added.body["assessment"]?["expectation"] == shown)
            #expect(added.body["assessment"]?["source"] == ["source_type": "SOURCE_TYPE_UNSPECIFIED"])
        }
    }

    @Test(
        arguments: [
            (["assessment": ["assessment_name": "n"]], "Unknown assessment type: None"),
            (["assessment": ["assessment_name": "n", "expectation": [:]]], "The `value` field must be specified."),
            (
                [:], "Missing value for required parameter 'assessment'. See the API docs for more information about request parameters."
            ),
        ] as [(JSONValue, String)])
    func `an assessment of nothing is refused`(body: JSONValue, message: String) async throws {
        try await TracedServer.serve { server in
            try await server.make("t")
            let answer = try await server.ask(.post, "traces/{trace_id}/assessments", body, ["trace_id": "t"])
            #expect((answer.status, answer.body["message"]) == (400, .string(message)))
        }
    }

    @Test func `MLflow 2 begins, ends and shows the same traces in its form`() async throws {
        try await TracedServer.serve { server in
            let begun = try await server.ask(
                .post, "traces",
                [
                    "experiment_id": "0", "timestamp_ms": 5, "request_metadata": [["key": "a", "value": "b"]],
                    "tags": [["key": "t", "value": "v"]],
                ], version: .v2)
            let id = try #require(begun.body["trace_info"]?["request_id"]?.string)
            #expect(begun.body["trace_info"]?["status"] == "IN_PROGRESS")
            #expect(begun.body["trace_info"]?["execution_time_ms"] == 0)
            let ended = try await server.ask(
                .patch, "traces/{trace_id}", ["timestamp_ms": 9, "status": "OK"], ["trace_id": id], version: .v2)
            #expect(
                ended.body["trace_info"] == [
                    "request_id": .string(id), "experiment_id": "0", "timestamp_ms": 5, "execution_time_ms": 4, "status": "OK",
                    "request_metadata": [["key": "a", "value": "b"]],
                    "tags": [
                        ["key": "t", "value": "v"],
                        ["key": "mlflow.artifactLocation", "value": .string("mlflow-artifacts:/0/traces/\(id)/artifacts")],
                    ],
                ])
            #expect(try await server.ask(.get, "traces/{trace_id}/info", nil, ["trace_id": id], version: .v2).body == ended.body)
            let new = try await server.ask(.get, "traces/{trace_id}", nil, ["trace_id": id])
            #expect(new.body["trace"]?["trace_info"]?["execution_duration"] == "0.004s")
            let unkeyed = try await server.ask(
                .post, "traces", ["experiment_id": "0", "request_metadata": [["value": "b"]]], version: .v2)
            #expect(
                unkeyed.body["message"]
                    == .string(
                        #"Invalid value [{"value":"b"}] for parameter 'request_metadata' supplied:  Hint: Value was of type 'list'. "#
                            + "See the API docs for more information about request parameters."))
        }
    }

    @Test func `traces are linked to runs and prompts`() async throws {
        try await TracedServer.serve { server in
            try await server.make("t")
            #expect(
                try await server.ask(.post, "traces/link-to-run", ["trace_ids": ["t", "x"], "run_id": "r"], version: .v2).body == [:])
            let prompts: JSONValue = ["trace_id": "t", "prompt_versions": [["name": "p", "version": "1"]]]
            #expect(try await server.ask(.post, "traces/link-prompts", prompts, version: .v2).body == [:])
            for filter in ["run_id = 'r'", "prompt = 'p/1'"] {
                let found = try await server.ask(.post, "traces/search", ["locations": [TracedServer.here], "filter": .string(filter)])
                #expect(found.body["traces"]?.array?.count == 1)
            }
            let many = JSONValue.array(Array(repeating: "t", count: 101))
            let refused = try await server.ask(.post, "traces/link-to-run", ["trace_ids": many, "run_id": "r"], version: .v2)
            #expect(
                refused.body["message"] == "Cannot link more than 100 traces to a run in a single request. Provided 101 traces.")
        }
    }
}
