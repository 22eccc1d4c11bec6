import MartletCore
import MartletRegistry
import Testing

@testable import MartletServer

/// The endpoints of the registry on one of their own, asked without a connection.
private struct RegistryServer {
    private let server: TrackedServer

    static func serve(_ body: (RegistryServer) async throws -> Void) async throws {
        try await withTrackingStores { stores in
            try await body(RegistryServer(server: TrackedServer(endpoints: TrackingRoutes(stores).endpoints)))
        }
    }

    func post(_ path: String, _ body: JSONValue) async throws -> (status: Int, body: JSONValue) { try await server.post(path, body) }

    func get(_ path: String, _ query: KeyValuePairs<String, String>) async throws -> (status: Int, body: JSONValue) {
        try await server.get(path, query)
    }

    /// Asks by `PATCH` or `DELETE`, which say nothing of what their body is.
    func send(_ method: TrackingEndpoint.Method, _ path: String, _ body: JSONValue) async throws -> (status: Int, body: JSONValue) {
        try await server.ask(path, TrackingRequest(.other, body: Array(body.canonicalText.utf8)), method)
    }

    /// Makes a model with some versions.
    func model(_ name: String = "m", versions count: Int = 0) async throws {
        _ = try await post("registered-models/create", ["name": .string(name)])
        for number in 0..<count {
            let source = JSONValue.string("s3://b/\(number + 1)")
            _ = try await post("model-versions/create", ["name": .string(name), "source": source])
        }
    }
}

extension JSONValue {
    /// Without members whose values are times.
    fileprivate var timeless: JSONValue {
        switch self {
        case .object(let members): .object(members.filter { !$0.key.hasSuffix("_timestamp") }.mapValues(\.timeless))
        case .array(let elements): .array(elements.map(\.timeless))
        default: self
        }
    }
}

@Suite struct RegistryEndpointsTests {
    @Test func `a model is made, tagged, described, renamed and deleted`() async throws {
        try await RegistryServer.serve { server in
            let made = try await server.post(
                "registered-models/create", ["name": "m", "description": "d", "tags": [["key": "a", "value": "1"], ["key": "b"]]])
            let expected: JSONValue = ["name": "m", "description": "d", "tags": [["key": "a", "value": "1"], ["key": "b", "value": ""]]]
            #expect(made.status == 200)
            #expect(made.body.timeless == ["registered_model": expected])
            #expect(try await server.get("registered-models/get", ["name": "m"]).body == made.body)
            #expect(try await server.post("registered-models/set-tag", ["name": "m", "key": "a", "value": "2"]).body == [:])
            #expect(try await server.send(.delete, "registered-models/delete-tag", ["name": "m", "key": "b"]).body == [:])
            let updated = try await server.send(.patch, "registered-models/update", ["name": "m"])
            #expect(updated.body.timeless == ["registered_model": ["name": "m", "tags": [["key": "a", "value": "2"]]]])
            let renamed = try await server.post("registered-models/rename", ["name": "m", "new_name": "n"])
            #expect(renamed.body["registered_model"]?["name"] == "n")
            #expect(try await server.send(.delete, "registered-models/delete", ["name": "n"]).body == [:])
            let gone = try await server.get("registered-models/get", ["name": "n"])
            #expect((gone.status, gone.body["message"]) == (404, "Registered Model with name=n not found"))
        }
    }

    @Test func `a version is made, moved, described, tagged and deleted`() async throws {
        try await RegistryServer.serve { server in
            try await server.model()
            let made = try await server.post("model-versions/create", ["name": "m", "source": "s3://b/x", "tags": [["key": "k"]]])
            var expected: [String: JSONValue] = [
                "name": "m", "version": "1", "current_stage": "None", "description": "", "source": "s3://b/x", "run_id": "",
                "status": "READY",
                "tags": [["key": "k", "value": ""]], "run_link": "",
            ]
            #expect(made.body.timeless == ["model_version": .object(expected)])
            #expect(made.body["model_version"]?["creation_timestamp"] != nil)
            let id: JSONValue = ["name": "m", "version": "1"]
            #expect(try await server.get("model-versions/get", ["name": "m", "version": "01"]).body == made.body)
            let uri = try await server.get("model-versions/get-download-uri", ["name": "m", "version": "1"])
            #expect(uri.body == ["artifact_uri": "s3://b/x"])
            #expect(try await server.send(.patch, "model-versions/update", id).body["model_version"]?["description"] == nil)
            let moved = try await server.post(
                "model-versions/transition-stage", ["name": "m", "version": "1", "stage": "staging", "archive_existing_versions": true])
            expected["current_stage"] = "Staging"
            expected["description"] = nil
            #expect(moved.body.timeless == ["model_version": .object(expected)])
            let tag: JSONValue = ["name": "m", "version": "1", "key": "k"]
            #expect(try await server.post("model-versions/set-tag", tag).body == [:])
            #expect(try await server.send(.delete, "model-versions/delete-tag", tag).body == [:])
            #expect(try await server.send(.delete, "model-versions/delete", id).body == [:])
            let again = try await server.send(.delete, "model-versions/delete", id)
            #expect((again.status, again.body["message"]) == (404, "Model Version (name=m, version=1) not found"))
        }
    }

    @Test(arguments: [
        ("latest", "'latest' alias name (case insensitive) is reserved."),
        ("ok", "Parameter 'version' must be an integer, got 'x'."),
    ])
    func `an alias is looked at before its version`(alias: String, message: String) async throws {
        try await RegistryServer.serve { server in
            let answer = try await server.post("registered-models/alias", ["name": "m", "alias": .string(alias), "version": "x"])
            #expect((answer.status, answer.body["message"]) == (400, .string(message)))
        }
    }

    @Test func `an alias is set, shown, asked and deleted`() async throws {
        try await RegistryServer.serve { server in
            try await server.model("m", versions: 2)
            #expect(try await server.post("registered-models/alias", ["name": "m", "alias": "champ", "version": "1"]).body == [:])
            let found = try await server.get("registered-models/alias", ["name": "m", "alias": "champ"])
            #expect(found.body["model_version"]?["version"] == "1")
            #expect(found.body["model_version"]?["aliases"] == ["champ"])
            let model = try await server.get("registered-models/get", ["name": "m"]).body["registered_model"]
            #expect(model?["aliases"] == [["alias": "champ", "version": "1"]])
            #expect(model?["latest_versions"]?.array?.compactMap { $0["version"] } == ["2"])
            #expect(try await server.send(.delete, "registered-models/alias", ["name": "m", "alias": "champ"]).body == [:])
            let gone = try await server.get("registered-models/alias", ["name": "m", "alias": "champ"])
            #expect((gone.status, gone.body["error_code"]) == (400, "INVALID_PARAMETER_VALUE"))
            #expect(gone.body["message"] == "Registered model alias champ not found.")
        }
    }

    @Test(arguments: [TrackingEndpoint.Method.get, .post])
    func `the latest versions are asked by either method`(method: TrackingEndpoint.Method) async throws {
        try await RegistryServer.serve { server in
            try await server.model("m", versions: 2)
            _ = try await server.post("model-versions/transition-stage", ["name": "m", "version": "1", "stage": "Production"])
            let path = "registered-models/get-latest-versions"
            let found =
                try await method == .get
                ? server.get(path, ["name": "m", "stages": "none", "stages": "production"])
                : server.post(path, ["name": "m", "stages": ["none", "production"]])
            #expect(found.body["model_versions"]?.array?.compactMap { $0["version"] } == ["1", "2"])
            #expect(try await server.get(path, ["name": "m", "stages": "Staging"]).body == [:])
        }
    }

    @Test func `searches go from page to page`() async throws {
        try await RegistryServer.serve { server in
            for name in ["a", "b", "c"] { try await server.model(name, versions: 1) }
            let models = try await server.get("registered-models/search", ["max_results": "2", "order_by": "name DESC"])
            #expect(models.body["registered_models"]?.array?.compactMap { $0["name"] } == ["c", "b"])
            let token = try #require(models.body["next_page_token"]?.string)
            let rest = try await server.get(
                "registered-models/search", ["max_results": "2", "order_by": "name DESC", "page_token": token])
            #expect(rest.body["registered_models"]?.array?.compactMap { $0["name"] } == ["a"])
            #expect(rest.body["next_page_token"] == nil)
            let versions = try await server.get("model-versions/search", ["filter": "name != 'a'", "order_by": "name"])
            #expect(versions.body["model_versions"]?.array?.compactMap { $0["name"] } == ["b", "c"])
            #expect(try await server.get("model-versions/search", ["filter": "name = 'x'"]).body == [:])
        }
    }

    @Test(
        arguments: [
            (
                "registered-models/search", "max_results", "1001",
                "Invalid value \"1001\" for parameter 'max_results' supplied:  Hint: Value was of type 'str'. See the API docs for more "
                    + "information about request parameters."
            ),
            (
                "model-versions/search", "max_results", "0",
                "Invalid value for max_results. It must be a positive integer, but got 0"
            ), ("model-versions/search", "page_token", "abc", "Invalid page token, could not base64-decode"),
            (
                "model-versions/search", "order_by", "bogus",
                "Invalid attribute key 'bogus' specified. Valid keys are '{'creation_timestamp', 'last_updated_timestamp', 'name', "
                    + "'version_number'}'"
            ), ("model-versions/get-download-uri", "version", "1", "Missing value for required parameter 'name'."),
            ("model-versions/get-download-uri", "name", "m", "Parameter 'version' must be an integer, got ''."),
        ])
    func `what is wrong in a question is refused in MLflow's words`(
        path: String, name: String, value: String, message: String
    ) async throws {
        try await RegistryServer.serve { server in
            let answer = try await server.get(path, [name: value])
            #expect((answer.status, answer.body["message"]) == (400, .string(message)))
        }
    }

    @Test(
        arguments: [
            ([:], "Missing value for required parameter 'name'."),
            (["name": "m", "version": 1], "Invalid value 1 for parameter 'version' supplied:  Hint: Value was of type 'int'."),
            (["name": "m", "version": "1"], "Missing value for required parameter 'stage'."),
            (
                ["name": "m", "version": "1", "stage": "None", "archive_existing_versions": "true"],
                "Invalid value \"true\" for parameter 'archive_existing_versions' supplied:  Hint: Value was of type 'str'."
            ),
        ] as [(JSONValue, String)])
    func `a request that lacks something, or has it of another type, is refused`(body: JSONValue, message: String) async throws {
        try await RegistryServer.serve { server in
            let answer = try await server.post("model-versions/transition-stage", body)
            #expect(answer.status == 400)
            #expect(answer.body["message"] == .string(message + " See the API docs for more information about request parameters."))
        }
    }

    @Test func `a source that belongs to nobody who is named is refused, and a run's own taken`() async throws {
        try await RegistryServer.serve { server in
            try await server.model()
            let run = try await server.post("runs/create", ["experiment_id": "0"]).body["run"]?["info"]?["run_id"]?.string ?? ""
            let source = "mlflow-artifacts:/0/\(run)/artifacts/model"
            let alone = try await server.post("model-versions/create", ["name": "m", "source": .string(source)])
            #expect(
                alone.body["message"]
                    == .string(
                        "Invalid model version source: '\(source)'. The run_id request parameter must identify the resource that contains the "
                            + "source."))
            let made = try await server.post(
                "model-versions/create", ["name": "m", "source": .string(source), "run_id": .string(run), "model_id": ""])
            #expect(made.body["model_version"]?["run_id"] == .string(run))
        }
    }
}
