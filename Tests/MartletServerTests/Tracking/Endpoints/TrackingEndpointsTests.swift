import MartletCore
import MartletRegistry
import Testing

@testable import MartletServer

@Suite struct ExperimentEndpointsTests {
    @Test func `an experiment is made, tagged, renamed, deleted and restored`() async throws {
        try await TrackedServer.serve { server in
            let made = try await server.post("experiments/create", ["name": "e", "tags": [["key": "a"], ["key": "b", "value": "2"]]])
            #expect(made.status == 200)
            #expect(made.body == ["experiment_id": "1"])
            _ = try await server.post("experiments/set-experiment-tag", ["experiment_id": "1", "key": "c", "value": "3"])
            _ = try await server.post("experiments/delete-experiment-tag", ["experiment_id": "1", "key": "b"])
            #expect(try await server.post("experiments/update", ["experiment_id": "1", "new_name": "f"]).body == [:])
            #expect(try await server.post("experiments/delete", ["experiment_id": "1"]).status == 200)
            let deleted = try await server.get("experiments/get-by-name", ["experiment_name": "f"]).body["experiment"]
            #expect(deleted?["lifecycle_stage"] == "deleted")
            #expect(deleted?["tags"] == [["key": "a", "value": ""], ["key": "c", "value": "3"]])
            #expect(try await server.post("experiments/restore", ["experiment_id": "1"]).status == 200)
            #expect(try await server.get("experiments/get", ["experiment_id": " 1"]).body["experiment"]?["lifecycle_stage"] == "active")
        }
    }

    @Test func `what is not there, or there twice, is refused with MLflow's codes`() async throws {
        try await TrackedServer.serve { server in
            let unknown = try await server.get("experiments/get", ["experiment_id": "77"])
            let invalid = try await server.get("experiments/get", ["experiment_id": "abc"])
            let unnamed = try await server.get("experiments/get-by-name", ["experiment_name": "nope"])
            let twice = try await server.post("experiments/create", ["name": "Default"])
            #expect(unknown.status == 404)
            #expect(
                unknown.body == [
                    "error_code": "RESOURCE_DOES_NOT_EXIST", "message": "No Experiment with id=77 exists", "sqlstate": "KAM00",
                    "error_class": "RESOURCE_NOT_FOUND",
                ])
            #expect(invalid.body["message"] == "Invalid experiment ID 'abc'. Experiment ID must be a valid integer.")
            #expect((unnamed.status, unnamed.body["message"]) == (404, "Could not find experiment with name 'nope'"))
            #expect((twice.status, twice.body["error_code"]) == (400, "RESOURCE_ALREADY_EXISTS"))
        }
    }

    @Test func `a search goes from page to page, by either method`() async throws {
        try await TrackedServer.serve { server in
            for name in ["a", "b", "c"] { _ = try await server.experiment(name) }
            let first = try await server.post("experiments/search", ["max_results": 3, "order_by": ["name"]])
            let token = try #require(first.body["next_page_token"]?.string)
            let second = try await server.get(
                "experiments/search", ["max_results": "3", "order_by": "name", "page_token": token])
            #expect(first.body["experiments"]?.array?.compactMap { $0["name"] } == ["Default", "a", "b"])
            #expect(token == "eyJvZmZzZXQiOiAzfQ==")
            #expect(second.body["experiments"]?.array?.compactMap { $0["name"] } == ["c"])
            #expect(second.body["next_page_token"] == nil)
        }
    }

    @Test(
        arguments: [
            ([:], "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"),
            (["max_results": 50_001], "Invalid value 50001 for parameter 'max_results' supplied. It must be at most 50000"),
            (["max_results": 5, "page_token": "abc"], "Invalid page token, could not base64-decode"),
        ] as [(JSONValue, String)])
    func `a search that says no size, too much, or a token that is none is refused`(body: JSONValue, message: String) async throws {
        try await TrackedServer.serve { server in
            let answer = try await server.post("experiments/search", body)
            #expect((answer.status, answer.body["message"]) == (400, .string(message)))
            #expect(answer.body["error_code"] == "INVALID_PARAMETER_VALUE")
        }
    }
}

@Suite struct RunEndpointsTests {
    @Test func `a run is made and logged to, and has it all`() async throws {
        try await TrackedServer.serve { server in
            let run = try await server.run(in: "0", ["run_name": "rn", "user_id": "bob", "start_time": "5"])
            let id = JSONValue.string(run)
            _ = try await server.post("runs/log-metric", ["run_uuid": id, "key": "m", "value": 1, "timestamp": 10, "step": 1])
            _ = try await server.post("runs/log-metric", ["run_id": id, "key": "n", "value": "NaN", "timestamp": 10])
            _ = try await server.post("runs/log-parameter", ["run_id": id, "key": "p", "value": "1"])
            _ = try await server.post("runs/set-tag", ["run_id": id, "key": "t", "value": "v"])
            let inputs: JSONValue = [
                "run_id": id, "models": [["model_id": "m-1"]],
                "datasets": [
                    [
                        "tags": [["key": "mlflow.data.context", "value": "train"]],
                        "dataset": ["name": "d", "digest": "x", "source_type": "local", "source": "s", "schema": "{}"],
                    ]
                ],
            ]
            #expect(try await server.post("runs/log-inputs", inputs).body == [:])
            _ = try await server.post("runs/outputs", ["run_id": id, "models": [["model_id": "m-2", "step": 3]]])
            let answer = try await server.get("runs/get", ["run_id": run]).body["run"]
            #expect(answer?["info"]?["run_name"] == "rn")
            #expect(answer?["info"]?["start_time"] == 5)
            #expect(answer?["info"]?["end_time"] == nil)
            #expect(
                answer?["data"] == [
                    "metrics": [
                        ["key": "m", "value": 1.0, "timestamp": 10, "step": 1], ["key": "n", "value": "NaN", "timestamp": 10, "step": 0],
                    ],
                    "params": [["key": "p", "value": "1"]],
                    "tags": [["key": "mlflow.runName", "value": "rn"], ["key": "t", "value": "v"]],
                ])
            #expect(answer?["inputs"]?["model_inputs"] == [["model_id": "m-1"]])
            #expect(answer?["inputs"]?["dataset_inputs"]?.array?.first?["dataset"]?["schema"] == "{}")
            #expect(answer?["outputs"] == ["model_outputs": [["model_id": "m-2", "step": 3]]])
        }
    }

    @Test(
        arguments: [
            ["dataset_name": "d"], ["dataset_digest": "x"], ["dataset_name": "d", "dataset_digest": ""],
            ["dataset_name": "", "dataset_digest": "x", "model_id": "m-1"],
        ] as [[String: JSONValue]])
    func `half a dataset of a metric is refused, and nothing is logged`(half: [String: JSONValue]) async throws {
        try await TrackedServer.serve { server in
            let run = JSONValue.string(try await server.run())
            let metric = half.merging(["key": "m", "value": 1, "timestamp": 1]) { $1 }
            let single = try await server.post("runs/log-metric", .object(metric.merging(["run_id": run]) { $1 }))
            let batch = try await server.post(
                "runs/log-batch", ["run_id": run, "metrics": [.object(metric)], "params": [["key": "p", "value": "1"]]])
            for answer in [single, batch] {
                #expect(answer.status == 400)
                #expect(answer.body["message"] == "Both dataset_name and dataset_digest must be provided if one is provided")
            }
            #expect(try await server.get("runs/get", ["run_id": try #require(run.string)]).body["run"]?["data"]?["params"] == nil)
        }
    }

    @Test func `a dataset of empty texts is none`() async throws {
        try await TrackedServer.serve { server in
            let metric: JSONValue = [
                "run_id": .string(try await server.run()), "key": "m", "value": 1, "timestamp": 1, "dataset_name": "", "dataset_digest": "",
            ]
            #expect(try await server.post("runs/log-metric", metric).status == 200)
        }
    }

    @Test(
        arguments: [
            (99, "99", "int"), (0, "0", "int"), (-1, "-1", "int"), (0.5, "0.5", "float"), (1e20, "1e+20", "float"),
        ] as [(JSONValue, String, String)])
    func `a status that is the number of none is refused`(status: JSONValue, text: String, type: String) async throws {
        try await TrackedServer.serve { server in
            let answer = try await server.post("runs/update", ["run_id": .string(try await server.run()), "status": status])
            #expect(answer.status == 400)
            #expect(
                answer.body["message"]
                    == .string(
                        "Invalid value \(text) for parameter 'status' supplied:  Hint: Value was of type '\(type)'. See the API docs for more "
                            + "information about request parameters."))
        }
    }

    @Test(
        arguments: [(3, "FINISHED"), (5.9, "KILLED"), ("2", "SCHEDULED"), ("99", "RUNNING"), ("x", "RUNNING")] as [(JSONValue, JSONValue)])
    func `a status is a name or a number, and a text that is neither changes nothing`(status: JSONValue, expected: JSONValue)
        async throws
    {
        try await TrackedServer.serve { server in
            let answer = try await server.post("runs/update", ["run_id": .string(try await server.run()), "status": status])
            #expect((answer.status, answer.body["run_info"]?["status"]) == (200, expected))
        }
    }

    @Test func `a batch is logged at once, and a changed parameter refused`() async throws {
        try await TrackedServer.serve { server in
            let run = try await server.run()
            let metrics = JSONValue.array(
                (0..<1000).map { ["key": "m", "value": .number(Double($0) / 7), "timestamp": 1, "step": .integer($0)] })
            #expect(try await server.post("runs/log-batch", ["run_id": .string(run), "metrics": metrics]).status == 200)
            let history = try await server.get("metrics/get-history", ["run_id": run, "metric_key": "m"]).body
            #expect(history["metrics"]?.array?.count == 1000)
            #expect(history["metrics"]?.array?.last?["value"] == .number(999.0 / 7))
            _ = try await server.post("runs/log-batch", ["run_id": .string(run), "params": [["key": "p", "value": "1"]]])
            let changed = try await server.post("runs/log-batch", ["run_id": .string(run), "params": [["key": "p", "value": "2"]]])
            #expect(changed.status == 400)
            #expect(
                changed.body["message"]
                    == .string(
                        "Changing param values is not allowed. Params were already logged='[{'key': 'p', 'old_value': '1', 'new_value': '2'}]' "
                            + "for run ID='\(run)'."))
        }
    }

    @Test func `a run is changed, deleted and restored`() async throws {
        try await TrackedServer.serve { server in
            let run = JSONValue.string(try await server.run())
            let updated = try await server.post("runs/update", ["run_id": run, "status": "FINISHED", "end_time": 9, "run_name": ""])
            #expect(updated.body["run_info"]?["status"] == "FINISHED")
            #expect(updated.body["run_info"]?["end_time"] == 9)
            #expect(try await server.post("runs/update", ["run_id": run, "status": "GONE"]).body["run_info"]?["status"] == "FINISHED")
            #expect(try await server.post("runs/delete", ["run_id": run]).body == [:])
            let refused = try await server.post("runs/set-tag", ["run_id": run, "key": "a"])
            #expect(refused.body["message"]?.string?.hasSuffix("must be in the 'active' state. Current state is deleted.") == true)
            #expect(try await server.post("runs/restore", ["run_id": run]).status == 200)
            #expect(try await server.post("runs/set-tag", ["run_id": run, "key": "a"]).status == 200)
        }
    }

    @Test func `an old name of the run is not taken everywhere`() async throws {
        try await TrackedServer.serve { server in
            let run = try await server.run()
            let refused = try await server.post("runs/delete", ["run_uuid": .string(run)])
            #expect((refused.status, refused.body["message"]) == (404, "Run with id= not found"))
            #expect(try await server.get("runs/get", ["run_uuid": run]).status == 200)
        }
    }

    @Test func `a run without an experiment is refused`() async throws {
        try await TrackedServer.serve { server in
            let answer = try await server.post("runs/create", [:])
            #expect((answer.status, answer.body["error_code"]) == (400, "BAD_REQUEST"))
        }
    }

    @Test func `runs are found by what they logged, page by page`() async throws {
        try await TrackedServer.serve { server in
            for value in 0..<5 {
                let run = try await server.run(in: "0", ["start_time": .integer(Int64(value))])
                _ = try await server.post(
                    "runs/log-metric", ["run_id": .string(run), "key": "m", "value": .number(Double(value)), "timestamp": 0])
            }
            let search: [String: JSONValue] = [
                "experiment_ids": ["0"], "filter": "metrics.m > 0.5", "order_by": ["metrics.m ASC"], "max_results": 3,
                "run_view_type": "ACTIVE_ONLY",
            ]
            func values(_ page: JSONValue) -> [Double] {
                page["runs"]?.array?.compactMap { $0["data"]?["metrics"]?.array?.first?["value"]?.double } ?? []
            }
            let first = try await server.post("runs/search", .object(search)).body
            let token = try #require(first["next_page_token"])
            let second = try await server.post("runs/search", .object(search.merging(["page_token": token]) { $1 })).body
            #expect(values(first) == [1, 2, 3])
            #expect(values(second) == [4])
            #expect(second["next_page_token"] == nil)
            #expect(try await server.post("runs/search", [:]).body == [:])
        }
    }

    @Test(
        arguments: [
            (["max_results": 0], "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"),
            (["experiment_ids": ["x"]], "Invalid experiment ID 'x'. Experiment ID must be a valid integer."),
        ] as [(JSONValue, String)])
    func `a search that means nothing is refused`(body: JSONValue, message: String) async throws {
        try await TrackedServer.serve { server in
            let answer = try await server.post("runs/search", body)
            #expect((answer.status, answer.body["message"]) == (400, .string(message)))
        }
    }

    @Test func `a model of MLflow 2 is noted in a tag`() async throws {
        try await TrackedServer.serve { server in
            let run = try await server.run()
            let model =
                #"{"run_id": "\#(run)", "artifact_path": "model", "utc_time_created": "now", "flavors": {"a": {"config": 1, "b": 2}}}"#
            #expect(try await server.post("runs/log-model", ["run_id": .string(run), "model_json": .string(model)]).body == [:])
            let tags = try await server.get("runs/get", ["run_id": run]).body["run"]?["data"]?["tags"]?.array
            #expect(tags?.contains { $0["key"] == "mlflow.log-model.history" } == true)
        }
    }
}

@Suite struct MetricEndpointsTests {
    private func logged(_ server: TrackedServer, _ steps: Range<Int64>) async throws -> String {
        let run = try await server.run()
        let metrics = JSONValue.array(
            steps.map { ["key": "h", "value": .integer($0), "timestamp": .integer($0 + 1), "step": .integer($0)] })
        _ = try await server.post("runs/log-batch", ["run_id": .string(run), "metrics": metrics])
        return run
    }

    private func steps(_ body: JSONValue) -> [Int64] { body["metrics"]?.array?.compactMap { $0["step"]?.int } ?? [] }

    @Test func `a history is read in parts`() async throws {
        try await TrackedServer.serve { server in
            let run = try await logged(server, 0..<5)
            let first = try await server.get("metrics/get-history", ["run_id": run, "metric_key": "h", "max_results": "3"]).body
            let token = try #require(first["next_page_token"]?.string)
            let second = try await server.get(
                "metrics/get-history", ["run_uuid": run, "metric_key": "h", "max_results": "3", "page_token": token]
            ).body
            #expect(steps(first) == [0, 1, 2])
            #expect(steps(second) == [3, 4])
            #expect(second["next_page_token"] == nil)
            #expect(try await server.get("metrics/get-history", ["run_id": "nobody", "metric_key": "h"]).body == [:])
        }
    }

    @Test func `histories of several runs are sampled in the order of the request`() async throws {
        try await TrackedServer.serve { server in
            let (one, other) = (try await logged(server, 0..<10), try await logged(server, 5..<6))
            let answer = try await server.get(
                "metrics/get-history-bulk-interval",
                ["run_ids": other, "run_ids": one, "metric_key": "h", "start_step": "2", "end_step": "8", "max_results": "3"]
            ).body
            #expect(steps(answer) == [5, 2, 5, 8])
            #expect(answer["metrics"]?.array?.first?["run_id"] == .string(other))
        }
    }

    @Test(
        arguments: [
            (
                ["run_ids": "a", "metric_key": "k", "start_step": "1"],
                "If either start step or end step are specified, both must be specified."
            ),
            (
                ["run_ids": "a", "metric_key": "k", "start_step": "3", "end_step": "1"],
                "end_step must be greater than start_step. Found start_step=3 and end_step=1."
            ),
        ] as [(KeyValuePairs<String, String>, String)])
    func `an interval has two ends in order`(query: KeyValuePairs<String, String>, message: String) async throws {
        try await TrackedServer.serve { server in
            let answer = try await server.get("metrics/get-history-bulk-interval", query)
            #expect((answer.status, answer.body["message"]) == (400, .string(message)))
        }
    }

    @Test func `web pages read whole histories`() async throws {
        try await TrackedServer.serve { server in
            let run = try await logged(server, 0..<4)
            let answer = try await server.get("metrics/get-history-bulk", ["run_id": run, "metric_key": "h", "max_results": "2"])
            #expect(steps(answer.body) == [0, 1])
            let unknown = try await server.get("metrics/get-history-bulk", ["run_id": "x", "metric_key": "h"])
            #expect(unknown.body == ["metrics": []])
            let nobody = try await server.get("metrics/get-history-bulk", ["metric_key": "h"])
            #expect(nobody.body["message"] == "GetMetricHistoryBulk request must specify at least one run_id.")
            let nothing = try await server.get("metrics/get-history-bulk", ["run_id": "a"])
            #expect(nothing.body["message"] == "GetMetricHistoryBulk request must specify a metric_key.")
        }
    }
}
