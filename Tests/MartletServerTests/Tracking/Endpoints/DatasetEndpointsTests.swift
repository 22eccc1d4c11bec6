import MartletCore
import Testing

@testable import MartletServer

@Suite struct DatasetEndpointsTests {
    @Test func `a dataset is made with experiments and tags, in MLflow's form`() async throws {
        try await TrackedServer.serve { server in
            let made = try await server.post(
                "datasets/create", ["name": "ds", "experiment_ids": ["0"], "tags": #"{"a": "b", "n": 5, "x": null, "mlflow.user": "u"}"#])
            var members = try #require(made.body["dataset"]?.object)
            let id = try #require(members.removeValue(forKey: "dataset_id")?.string)
            for name in ["digest", "created_time", "last_update_time"] { #expect(members.removeValue(forKey: name) != nil) }
            #expect(
                JSONValue.object(members) == [
                    "name": "ds", "tags": #"{"a": "b", "mlflow.user": "u", "n": "5"}"#, "created_by": "u", "last_updated_by": "u",
                    "experiment_ids": ["0"],
                ])
            let found = try await server.get("datasets/\(id)").body["dataset"]
            #expect(found?["experiment_ids"] == nil)
            #expect(try await server.get("datasets/\(id)/experiment-ids").body == ["experiment_ids": ["0"]])
            #expect(try await server.post("datasets/\(id)/remove-experiments", ["experiment_ids": ["0"]]).body["dataset"]?["name"] == "ds")
            #expect(try await server.get("datasets/\(id)/experiment-ids").body == [:])
            #expect(try await server.delete("datasets/\(id)").body == [:])
            #expect(try await server.get("datasets/\(id)").body["message"] == .string("Evaluation dataset with id '\(id)' not found"))
        }
    }

    @Test func `a dataset with one experiment twice is refused`() async throws {
        try await TrackedServer.serve { server in
            let answer = try await server.post("datasets/create", ["name": "ds", "experiment_ids": ["0", "0"]])
            #expect((answer.status, answer.body["error_code"]) == (400, "BAD_REQUEST"))
            #expect(try await server.post("datasets/search", ["experiment_ids": ["0"]]).body["datasets"] == nil)
        }
    }

    @Test func `records are one text of JSON both ways`() async throws {
        try await TrackedServer.serve { server in
            let id = try #require(try await server.post("datasets/create", ["name": "ds"]).body["dataset"]?["dataset_id"]?.string)
            let records = #"[{"inputs": {"q": 1}, "expectations": {"a": 2}}, {"inputs": {"q": 1}, "tags": {"t": "1"}}]"#
            let counts = try await server.post("datasets/\(id)/records", ["records": .string(records)]).body
            #expect(counts == ["inserted_count": 1, "updated_count": 1])
            let text = try #require(try await server.get("datasets/\(id)/records").body["records"]?.string)
            let found = try #require(try JSONValue(parsing: Array(text.utf8), as: "records").array?.first?.object)
            #expect(found["inputs"] == ["q": 1])
            #expect(found["expectations"] == ["a": 2])
            #expect((found["tags"], found["outputs"], found["source"]) == (["t": "1"], [:], nil))
            let record = try #require(found["dataset_record_id"])
            #expect(try await server.delete("datasets/\(id)/records", ["dataset_record_ids": [record]]).body == ["deleted_count": 1])
            #expect(try await server.get("datasets/\(id)/records").body == ["records": "[]"])
        }
    }

    @Test func `tags are set and deleted, of what is not there too`() async throws {
        try await TrackedServer.serve { server in
            let id = try #require(try await server.post("datasets/create", ["name": "ds"]).body["dataset"]?["dataset_id"]?.string)
            #expect(try await server.patch("datasets/\(id)/tags", ["tags": #"{"a": true}"#]).body == [:])
            #expect(try await server.get("datasets/\(id)").body["dataset"]?["tags"] == #"{"a": "True"}"#)
            #expect(try await server.delete("datasets/\(id)/tags/a").body == [:])
            #expect(try await server.delete("datasets/none/tags/a").body == [:])
            #expect(try await server.patch("datasets/none/tags", ["tags": "{}"]).status == 404)
            #expect(
                try await server.patch("datasets/\(id)/tags", ["tags": "[]"]).body["message"]
                    == "Invalid tags: expected an object, found an array.")
        }
    }

    @Test func `a search goes from page to page, by either method`() async throws {
        try await TrackedServer.serve { server in
            for name in ["a", "b", "c"] { _ = try await server.post("datasets/create", ["name": .string(name)]) }
            let first = try await server.post("datasets/search", ["order_by": ["name"], "max_results": 2])
            let token = try #require(first.body["next_page_token"]?.string)
            let second = try await server.get("datasets/search", ["order_by": "name", "max_results": "2", "page_token": token])
            #expect(first.body["datasets"]?.array?.compactMap { $0["name"] } == ["a", "b"])
            #expect(second.body["datasets"]?.array?.compactMap { $0["name"] } == ["c"])
            #expect(try await server.post("datasets/search", ["filter_string": "name = 'x'"]).body == [:])
        }
    }

    @Test func `pages see the datasets that runs read`() async throws {
        try await TrackedServer.serve { server in
            let run = JSONValue.string(try await server.run())
            let input: JSONValue = [
                "tags": [["key": "mlflow.data.context", "value": "train"]],
                "dataset": ["name": "d", "digest": "x", "source_type": "local", "source": "s"],
            ]
            _ = try await server.post("runs/log-inputs", ["run_id": run, "datasets": [input]])
            let found = try await server.post("experiments/search-datasets", ["experiment_ids": ["0"]]).body
            #expect(
                found == ["dataset_summaries": [["experiment_id": "0", "name": "d", "digest": "x", "context": "train"]]])
            #expect(try await server.post("experiments/search-datasets", ["experiment_ids": ["5"]]).body == [:])
            let none = try await server.post("experiments/search-datasets", [:])
            #expect((none.status, none.body["message"]) == (400, "SearchDatasets request must specify at least one experiment_id."))
        }
    }
}
