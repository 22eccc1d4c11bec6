import MartletRegistry
import Testing

@testable import MartletServer

struct EndpointSchemaTests {
    private static let see = " See the API docs for more information about request parameters."

    private static func missing(_ field: String) -> String { "Missing value for required parameter '\(field)'." + see }

    private static func invalid(_ value: String, _ field: String, _ type: String) -> String {
        "Invalid value \(value) for parameter '\(field)' supplied:  Hint: Value was of type '\(type)'." + see
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let schema: EndpointSchema
        let body: String
        let message: String

        init(_ schema: EndpointSchema, _ body: String, _ message: String) {
            self.schema = schema
            self.body = body
            self.message = message
        }

        var testDescription: String { body }
    }

    private static func message(_ schema: EndpointSchema, _ request: TrackingRequest) -> String? {
        do {
            _ = try schema.read(request)
            return nil
        } catch {
            return error.code == .invalidParameterValue ? error.message : "\(error)"
        }
    }

    private static func posted(_ body: String) -> TrackingRequest {
        TrackingRequest(.post, contentType: "application/json", body: Array(body.utf8))
    }

    private static let missingValues: [Refusal] = [
        Refusal(.createExperiment, "", missing("name")),
        Refusal(.createExperiment, "{", missing("name")),
        Refusal(.createExperiment, "null", missing("name")),
        Refusal(.createExperiment, #"{"name":"a","x":01}"#, missing("name")),
        Refusal(.createExperiment, #"{"name":"a","x":-}"#, missing("name")),
        Refusal(.createExperiment, #"{"name":"a","x":1.}"#, missing("name")),
        Refusal(.createExperiment, #"{"name":"a","x":1.5e}"#, missing("name")),
        Refusal(.createExperiment, #"{"name":""}"#, missing("name")),
        Refusal(.createExperiment, #"{"name":null}"#, missing("name")),
        Refusal(.setExperimentTag, #"{"experimentId":"1","key":"a"}"#, missing("experiment_id")),
        Refusal(.updateExperiment, #"{"experiment_id":"1"}"#, missing("new_name")),
        Refusal(.logMetric, #"{"run_uuid":"a","key":"k","timestamp":1}"#, missing("value")),
        Refusal(.logMetric, #"{"run_id":"a","key":"k","value":0}"#, missing("timestamp")),
        Refusal(.logBatch, #"{"run_id":"a","metrics":[{"value":1,"timestamp":1}]}"#, missing("metrics[0].key")),
        Refusal(
            .logBatch, #"{"run_id":"a","metrics":[{"key":"a","value":1,"timestamp":1},{"key":"a","timestamp":1}]}"#,
            missing("metrics[1].value")),
        Refusal(.logBatch, #"{"run_id":"a","metrics":[{"key":"a","value":1}]}"#, missing("metrics[0].timestamp")),
        Refusal(.logBatch, #"{"run_id":"a","params":[{"value":"1"}]}"#, missing("params[0].key")),
        Refusal(.logBatch, #"{"run_id":"a","tags":[{"key":"","value":"1"}]}"#, missing("tags[0].key")),
        Refusal(.logOutputs, #"{"run_id":"a"}"#, missing("models")),
    ]

    private static let wrongKinds: [Refusal] = [
        Refusal(.createExperiment, #"{"name":123}"#, invalid("123", "name", "int")),
        Refusal(.createExperiment, #"{"name":["é",{"b":1.5,"a":null}]}"#, invalid(#"["\u00e9",{"a":null,"b":1.5}]"#, "name", "list")),
        Refusal(.createExperiment, #"{"name":"a","tags":{"k":true}}"#, invalid(#"{"k":true}"#, "tags", "dict")),
        Refusal(.logParameter, #"{"run_id":"a","key":"k","value":5}"#, invalid("5", "value", "int")),
        Refusal(.logMetric, #"{"run_id":"a","key":"k","value":"abc","timestamp":1}"#, invalid("\"abc\"", "value", "str")),
        Refusal(.logMetric, #"{"run_id":"a","key":"k","value":1,"timestamp":"1.5"}"#, invalid("\"1.5\"", "timestamp", "str")),
        Refusal(.searchRuns, #"{"max_results":50001}"#, invalid("50001", "max_results", "int")),
        Refusal(.searchRuns, #"{"max_results":"abc"}"#, invalid("\"abc\"", "max_results", "str")),
        Refusal(.searchRuns, #"{"experiment_ids":"1"}"#, invalid("\"1\"", "experiment_ids", "str")),
        Refusal(.searchRuns, #"{"order_by":["a",1]}"#, invalid("[\"a\",1]", "order_by", "list")),
        Refusal(
            .metricHistoryInterval, #"{"run_ids":["a"],"metric_key":"k","max_results":0}"#, "max_results must be between 1 and 2500." + see),
    ]

    /// MLflow reads on with what it understood so far; here the field is named.
    private static let partial: [Refusal] = [
        Refusal(.createRun, #"{"experiment_id":"1","tags":"x"}"#, invalid("\"x\"", "tags", "str")),
        Refusal(.createRun, #"{"start_time":1.5}"#, invalid("1.5", "start_time", "float")),
        Refusal(.createRun, #"{"tags":[{"key":1}]}"#, invalid(#"[{"key":1}]"#, "tags", "list")),
        Refusal(.logMetric, #"{"run_id":"a","key":"k","value":NaN,"timestamp":1}"#, invalid("NaN", "value", "float")),
        Refusal(.logMetric, #"{"run_id":"a","key":"k","value":1,"timestamp":1,"step":true}"#, invalid("true", "step", "bool")),
        Refusal(
            .logMetric, #"{"run_id":"a","key":"k","value":1,"timestamp":9223372036854775808}"#,
            invalid("9223372036854775808", "timestamp", "int")),
        Refusal(.logMetric, #"{"run_id":"a","key":"k","value":1e400,"timestamp":1}"#, invalid("Infinity", "value", "float")),
        Refusal(.logBatch, #"{"run_id":"a","metrics":[7]}"#, invalid("[7]", "metrics", "list")),
        Refusal(.searchRuns, #"{"experiment_ids":[1]}"#, invalid("[1]", "experiment_ids", "list")),
        Refusal(.searchRuns, #"{"max_results":3000000000}"#, invalid("3000000000", "max_results", "int")),
    ]

    @Test(arguments: missingValues + wrongKinds + partial)
    func `a request is refused in MLflow's words`(refusal: Refusal) {
        #expect(Self.message(refusal.schema, Self.posted(refusal.body)) == refusal.message)
    }

    @Test(arguments: [
        (#"{"run_id":"a","runId":"b"}"#, "run_id", "runId"),
        (#"{"datasets":[{"dataset":{"source_type":"a","sourceType":null}}],"run_id":1}"#, "source_type", "sourceType"),
    ])
    func `a field under both of its names is refused before all else`(body: String, snake: String, camel: String) {
        let expected = "Request specifies both '\(snake)' and '\(camel)'; provide only one of them."
        #expect(Self.message(.logInputs, Self.posted(body)) == expected)
    }

    @Test func `a body says that it is JSON`() {
        let message = { Self.message(.getRun, TrackingRequest(.post, contentType: $0, body: Array(#"{"run_id":"a"}"#.utf8))) }
        #expect(message(nil) == "Bad Request. Content-Type header is missing.")
        #expect(message("text/plain") == "Bad Request. Content-Type must be one of ['application/json'].")
        #expect(message("Application/json") == "Bad Request. Content-Type must be one of ['application/json'].")
        #expect(message("application/json; charset=utf-8") == nil)
        #expect(Self.message(.getRun, TrackingRequest(.other, body: Array(#"{"run_id":"a"}"#.utf8))) == nil)
    }

    @Test(arguments: ["[]", "7", "true", "\"[]\"", "\"x\""])
    func `a body that is no object is refused`(body: String) {
        #expect(Self.message(.getRun, Self.posted(body))?.hasPrefix("Bad Request. The body must be a JSON object, and was") == true)
    }

    @Test func `old clients send their object as JSON in a text`() throws {
        let fields = try EndpointSchema.getRun.read(Self.posted(#""{\"run_id\": \"é\"}""#))
        #expect(fields.text(.runID) == "é")
    }

    @Test func `more runs than a history has are counted`() {
        let runs = Array(repeating: "\"a\"", count: 101).joined(separator: ",")
        let expected = "GetMetricHistoryBulkInterval request must specify at most 100 run_ids. Received 101 run_ids." + Self.see
        #expect(Self.message(.metricHistoryInterval, Self.posted(#"{"metric_key":"k","run_ids":[\#(runs)]}"#)) == expected)
    }

    // MARK: Reading

    @Test func `numbers and names are taken in all forms that clients write`() throws {
        let body = """
            {"unknown": {"a": [1, {"b": null}]}, "runId": "old", "runUuid": "u", "key": "a", "key": "loss \\u00e9\\ud83d\\ude00",
             "value": "-Infinity", "timestamp": "17", "step": 3.0, "modelId": null}
            """
        let refused = Self.message(.logMetric, Self.posted(body))
        #expect(refused == Self.missing("run_id"))
        let fields = try EndpointSchema.logMetric.read(Self.posted(body.replacing("runId", with: "run_id")))
        #expect(fields.text(.runID) == "old")
        #expect(fields.text(.runUUID) == "u")
        #expect(fields.text(.key) == "loss é😀")
        #expect(fields.number(.number) == -.infinity)
        #expect(fields.integer(.timestamp) == 17)
        #expect(fields.integer(.step) == 3)
        #expect(fields.text(.modelID) == nil)
    }

    @Test(arguments: [
        ("1", 1.0), ("-0.25e2", -25), ("true", 1), ("\"1.5\"", 1.5), ("\" 1_0. \"", 10), ("\"inf\"", .infinity), ("\".5\"", 0.5),
        ("123456789012345677877719597056", 0x1.8ee90ff6c373ep+96), ("5e-324", .leastNonzeroMagnitude), ("0.1", 0.1),
    ])
    func `a double is read from numbers and texts`(text: String, expected: Double) throws {
        let fields = try EndpointSchema.logMetric.read(Self.posted(#"{"run_id":"a","key":"k","timestamp":0,"value":\#(text)}"#))
        #expect(fields.number(.number) == expected)
    }

    @Test(arguments: ["\"nan\"", "\"0x1\"", "\"\"", "\".\"", "\"1__0\"", "\"_1\"", "\"1 2\"", "[]", "1e999", "-Infinity", "\"١\"  x"])
    func `what is no double is refused`(text: String) {
        let body = #"{"run_id":"a","key":"k","timestamp":0,"value":\#(text)}"#
        #expect(Self.message(.logMetric, Self.posted(body)) != nil)
    }

    @Test func `a batch is read`() throws {
        let body = """
            {"run_id": "r", "metrics": [{"key": "m", "value": "NaN", "timestamp": 1, "step": 2}, {"key": "n", "value": 0, "timestamp": 0}],
             "params": [{"key": "p", "value": "1"}], "tags": [{"key": "t"}]}
            """
        let fields = try EndpointSchema.logBatch.read(Self.posted(body))
        let keys = fields.messages(.metrics) { $0.text(.key) }
        let values = fields.messages(.metrics) { $0.number(.number)?.isNaN }
        #expect(keys == ["m", "n"])
        #expect(values == [true, false])
        #expect(fields.messages(.parameters) { $0.text(.value) } == ["1"])
        #expect(fields.messages(.tags) { $0.text(.value) } == [nil])
    }

    @Test func `a query gives texts and lists under the plain names`() throws {
        let query = [
            ("run_ids", "a"), ("metric_key", "k"), ("run_ids", "b\"\n"), ("metricKey", "x"), ("max_results", "7"), ("max_results", "9"),
        ]
        let fields = try EndpointSchema.metricHistoryInterval.read(TrackingRequest(.get, query: query.map { (name: $0, value: $1) }))
        #expect(fields.texts(.runIDs) == ["a", "b\"\n"])
        #expect(fields.text(.metricKey) == "k")
        #expect(fields.integer(.maxResults32) == 7)
    }

    @Test func `values of a query are texts where they are refused`() {
        let query = [(name: "run_ids", value: "a"), (name: "metric_key", value: "k"), (name: "start_step", value: "x")]
        #expect(Self.message(.metricHistoryInterval, TrackingRequest(.get, query: query)) == Self.invalid("\"x\"", "start_step", "str"))
    }

    @Test func `a body counts where GET has no query, and a query never where there is POST`() throws {
        let body = Array(#"{"run_id":"a"}"#.utf8)
        #expect(try EndpointSchema.getRun.read(TrackingRequest(.get, body: body)).text(.runID) == "a")
        let posted = TrackingRequest(.post, query: [(name: "run_id", value: "b")], contentType: "application/json")
        #expect(Self.message(.getRun, posted) == Self.missing("run_id"))
    }

    @Test(arguments: [("\"DELETED_ONLY\"", 2), ("3", 3), ("\"2\"", 2), ("\"FOO\"", nil), ("9", nil), ("null", nil)] as [(String, Int?)])
    func `a name of an enumeration is read, an unknown one is passed over`(text: String, expected: Int?) throws {
        let fields = try EndpointSchema.searchRuns.read(Self.posted(#"{"run_view_type":\#(text)}"#))
        #expect(fields.enumeration(.runView) == expected)
    }

    @Test func `any bytes are read or refused`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var state = seed
        let alphabet = Array(#"{}[]",:\ue19.-+NaIn truefalsé"#.utf8) + [0xFF, 0, 0xED, 0xA0]
        for _ in 0..<20_000 {
            let bytes = (0..<24).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return alphabet[Int(state >> 33) % alphabet.count]
            }
            guard let document = try RequestDocument(bytes) else { continue }
            #expect(!document.root.pythonText.isEmpty, "seed \(seed)")
        }
    }

    @Test func `more values than are read are refused`() {
        let body = "[" + String(repeating: "1,", count: RequestDocument.markCountMax) + "1]"
        let expected = "Bad Request. The body holds more than 1048576 values and names; split it."
        #expect(Self.message(.createExperiment, Self.posted(body)) == expected)
    }

    @Test func `deep nesting is an empty body`() {
        let body = "{\"name\":" + String(repeating: "[", count: 100_000)
        #expect(Self.message(.createExperiment, Self.posted(body)) == Self.missing("name"))
    }
}
