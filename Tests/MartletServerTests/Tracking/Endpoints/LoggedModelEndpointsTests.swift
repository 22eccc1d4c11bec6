import MartletCore
import MartletRegistry
import Testing

@testable import MartletServer

@Suite struct LoggedModelEndpointsTests {
    /// Makes a model. - Returns: its identifier.
    private func model(_ server: TrackedServer, _ more: [String: JSONValue] = [:]) async throws -> String {
        let members = more.merging(["experiment_id": "0"]) { given, _ in given }
        return try #require(try await server.post("logged-models", .object(members)).body["model"]?["info"]?["model_id"]?.string)
    }

    @Test func `a model has what it was given, in MLflow's form`() async throws {
        try await TrackedServer.serve { server in
            let run = try await server.run()
            let id = try await model(
                server,
                [
                    "name": "n", "model_type": "t", "source_run_id": .string(run), "tags": [["key": "a"]],
                    "params": [["key": "p", "value": "1"]],
                ])
            let metric: JSONValue = [
                "run_id": .string(run), "key": "acc", "value": 0.5, "timestamp": 1, "step": 2, "model_id": .string(id), "dataset_name": "d",
                "dataset_digest": "x",
            ]
            #expect(try await server.post("runs/log-metric", metric).body == [:])
            let finalized = try await server.patch("logged-models/\(id)", ["model_id": .string(id), "status": "LOGGED_MODEL_READY"])
            let found = try await server.get("logged-models/\(id)")
            #expect(found.body == finalized.body)
            var info = try #require(found.body["model"]?["info"]?.object)
            #expect(info.removeValue(forKey: "creation_timestamp_ms")?.int ?? 0 > 0)
            #expect(info.removeValue(forKey: "last_updated_timestamp_ms")?.int ?? 0 > 0)
            #expect(
                JSONValue.object(info) == [
                    "model_id": .string(id), "experiment_id": "0", "name": "n", "status": "LOGGED_MODEL_READY", "model_type": "t",
                    "artifact_uri": .string("mlflow-artifacts:/0/models/\(id)/artifacts"), "source_run_id": .string(run),
                    "tags": [["key": "a", "value": ""]],
                ])
            #expect(
                found.body["model"]?["data"] == [
                    "params": [["key": "p", "value": "1"]],
                    "metrics": [
                        [
                            "key": "acc", "value": 0.5, "timestamp": 1, "step": 2, "dataset_name": "d", "dataset_digest": "x",
                            "model_id": .string(id), "run_id": .string(run),
                        ]
                    ],
                ])
        }
    }

    @Test func `a model without anything has empty data, and no lists`() async throws {
        try await TrackedServer.serve { server in
            let id = try await model(server, ["name": ""])
            let found = try #require(try await server.get("logged-models/\(id)").body["model"])
            #expect(found["data"] == [:])
            #expect(found["info"]?["tags"] == nil)
            #expect(found["info"]?["status"] == "LOGGED_MODEL_PENDING")
            #expect((found["info"]?["model_type"], found["info"]?["source_run_id"]) == ("", ""))
        }
    }

    @Test func `a batch gives models their metrics`() async throws {
        try await TrackedServer.serve { server in
            let (run, id) = (try await server.run(), try await model(server))
            let metrics: JSONValue = [
                ["key": "a", "value": 1, "timestamp": 1, "model_id": .string(id)], ["key": "b", "value": 1, "timestamp": 1],
            ]
            #expect(try await server.post("runs/log-batch", ["run_id": .string(run), "metrics": metrics]).status == 200)
            let data = try await server.get("logged-models/\(id)").body["model"]?["data"]
            #expect(data?["metrics"]?.array?.map { $0["key"] } == ["a"])
            #expect(try await server.get("runs/get", ["run_id": run]).body["run"]?["data"]?["metrics"]?.array?.count == 2)
        }
    }

    @Test func `half a dataset, or a model that is not there, is refused`() async throws {
        try await TrackedServer.serve { server in
            let (run, id) = (JSONValue.string(try await server.run()), JSONValue.string(try await model(server)))
            let half = try await server.post(
                "runs/log-metric", ["run_id": run, "key": "a", "value": 1, "timestamp": 1, "model_id": id, "dataset_name": "d"])
            #expect(half.body["message"] == "Both dataset_name and dataset_digest must be provided if one is provided")
            let unknown = try await server.post(
                "runs/log-metric", ["run_id": run, "key": "a", "value": 1, "timestamp": 1, "model_id": "m-x"])
            #expect((unknown.status, unknown.body["error_code"]) == (400, "BAD_REQUEST"))
        }
    }

    @Test func `tags and parameters are set and deleted`() async throws {
        try await TrackedServer.serve { server in
            let id = try await model(server)
            let path = "logged-models/\(id)"
            #expect(try await server.patch(path + "/tags", ["tags": [["key": "t", "value": "1"], ["key": "u"]]]).body == [:])
            #expect(try await server.delete(path + "/tags/t").body == [:])
            #expect(
                try await server.delete(path + "/tags/t").body["message"] == .string("No tag with key 't' found for model with ID '\(id)'.")
            )
            let parameters: JSONValue = ["model_id": .string(id), "params": [["key": "p", "value": "1"]]]
            #expect(try await server.post(path + "/params", parameters).body == [:])
            #expect(try await server.post(path + "/params", parameters).body["error_code"] == "BAD_REQUEST")
            let found = try await server.get(path).body["model"]
            #expect(found?["info"]?["tags"] == [["key": "u", "value": ""]])
            #expect(found?["data"]?["params"] == [["key": "p", "value": "1"]])
        }
    }

    @Test func `a deleted model is shown to those who ask for it`() async throws {
        try await TrackedServer.serve { server in
            let id = try await model(server)
            for _ in 0..<2 { #expect(try await server.delete("logged-models/\(id)").body == [:]) }
            let hidden = try await server.get("logged-models/\(id)")
            #expect((hidden.status, hidden.body["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST"))
            #expect(try await server.get("logged-models/\(id)", ["allow_deleted": "True"]).status == 200)
        }
    }

    @Test func `to finalize, the body names the model and a status`() async throws {
        try await TrackedServer.serve { server in
            let id = try await model(server)
            let path = "logged-models/\(id)"
            let see = " See the API docs for more information about request parameters."
            let unnamed = try await server.patch(path, ["status": "LOGGED_MODEL_READY"])
            let without = try await server.patch(path, ["model_id": .string(id)])
            #expect(unnamed.body["message"] == .string("Missing value for required parameter 'model_id'." + see))
            #expect(without.body["message"] == .string("Missing value for required parameter 'status'." + see))
            let byNumber = try await server.patch("logged-models/other", ["model_id": .string(id), "status": 3])
            #expect(byNumber.body["model"]?["info"]?["status"] == "LOGGED_MODEL_UPLOAD_FAILED")
            let unknown = try await server.patch(path, ["model_id": .string(id), "status": "BOGUS"])
            #expect(unknown.body["model"]?["info"]?["status"] == "LOGGED_MODEL_STATUS_UNSPECIFIED")
        }
    }

    @Test func `a search goes from page to page, with a token of that search only`() async throws {
        try await TrackedServer.serve { server in
            for name in ["a", "b", "c"] { _ = try await model(server, ["name": .string(name)]) }
            let order: JSONValue = [["field_name": "name", "ascending": false]]
            let first = try await server.post("logged-models/search", ["experiment_ids": ["0"], "max_results": 2, "order_by": order])
            let token = try #require(first.body["next_page_token"])
            let names = { (body: JSONValue) in body["models"]?.array?.compactMap { $0["info"]?["name"] } }
            #expect(names(first.body) == ["c", "b"])
            let second = try await server.post(
                "logged-models/search", ["experiment_ids": ["0"], "max_results": 2, "order_by": order, "page_token": token])
            #expect(names(second.body) == ["a"])
            #expect(second.body["next_page_token"] == nil)
            let other = try await server.post("logged-models/search", ["experiment_ids": ["1"], "order_by": order, "page_token": token])
            #expect(
                other.body["message"]
                    == "Experiment IDs in the page token do not match the requested experiment IDs. Expected: ['1']. Found: ['0']")
        }
    }

    @Test(
        arguments: [
            ([:], "Missing value for required parameter 'experiment_ids'. See the API docs for more information about request parameters."),
            (["experiment_ids": ["x"]], "Invalid experiment ID 'x'. Experiment ID must be a valid integer."),
            (
                ["experiment_ids": [1]],
                "Invalid value [1] for parameter 'experiment_ids' supplied:  Hint: Value was of type 'list'. See the API docs for more "
                    + "information about request parameters."
            ),
            (["experiment_ids": ["0"], "order_by": [["field_name": "bogus"]]], "Invalid order by field name: bogus"),
            (["experiment_ids": ["0"], "datasets": [[:]]], "`dataset_name` in the `datasets` clause must be specified."),
            (
                ["experiment_ids": ["0"], "max_results": -1],
                "Invalid value -1 for parameter 'max_results' supplied. It must be a positive integer"
            ),
        ] as [(JSONValue, String)])
    func `a search that cannot be is refused`(body: JSONValue, message: String) async throws {
        try await TrackedServer.serve { server in
            let answer = try await server.post("logged-models/search", body)
            #expect((answer.status, answer.body["message"]) == (400, .string(message)))
        }
    }

    @Test(arguments: [("bogus", "KAM04", "ATTRIBUTE_NOT_FOUND"), ("params.a", "KAM00", "INVALID_PARAMETER_VALUE")])
    func `an order by what is no column has a state of its own`(field: String, state: String, name: String) async throws {
        try await TrackedServer.serve { server in
            let body: JSONValue = ["experiment_ids": ["0"], "order_by": [["field_name": .string(field)]]]
            let answer = try await server.post("logged-models/search", body).body
            #expect((answer["sqlstate"], answer["error_class"]) == (.string(state), .string(name)))
        }
    }

    @Test func `a search of no experiments finds nothing`() async throws {
        try await TrackedServer.serve { server in
            _ = try await model(server)
            #expect(try await server.post("logged-models/search", ["experiment_ids": []]).body == [:])
        }
    }

    @Test func `the files of a model are listed below its address`() async throws {
        try await TrackedServer.serve(files: OneFolder()) { server in
            let id = try await model(server)
            let root = JSONValue.string("mlflow-artifacts:/0/models/\(id)/artifacts")
            let path = "logged-models/\(id)/artifacts/directories"
            let files: JSONValue = [["path": "MLmodel", "is_dir": false, "file_size": 7], ["path": "code", "is_dir": true]]
            #expect(try await server.get(path).body == ["root_uri": root, "files": files])
            #expect(try await server.get(path, ["artifact_directory_path": "code"]).body == ["root_uri": root])
        }
    }

    /// One file and one empty folder below every root.
    private struct OneFolder: ModelFileListing {
        func files(in folder: String?, below root: String, for principal: Principal) async throws -> [ModelFile] {
            folder == nil ? [ModelFile(path: "MLmodel", sizeBytes: 7), ModelFile(path: "code", sizeBytes: nil)] : []
        }
    }
}
