import MartletCore
import MartletRegistry
import MartletStore
import Testing

@testable import MartletServer

struct RunArtifactsTests {
    @Test(arguments: [
        ("mlflow-artifacts:/1/r/artifacts", "1/r/artifacts"), ("mlflow-artifacts://host:5000/1/r", "1/r"), ("mlflow-artifacts:/", ""),
        ("http://host/api/2.0/mlflow-artifacts/artifacts/1/r", "1/r"), ("https://host/prefix/api/2.0/mlflow-artifacts/artifacts/a", "a"),
    ])
    func `addresses of this server lead into its repository`(address: String, path: String) throws {
        #expect(try RunArtifacts.root(of: address).text == path)
    }

    @Test(arguments: ["s3://bucket/a", "/tmp/a", "file:///tmp/a", ""])
    func `other addresses are not read`(address: String) {
        #expect(throws: TrackingFault.self) { try RunArtifacts.root(of: address) }
    }

    @Test func `an address upwards is refused`() {
        #expect(throws: TrackingFault(.invalidParameterValue, "Invalid path")) { try RunArtifacts.root(of: "mlflow-artifacts:/../x") }
    }

    @Test func `the artifacts of a run are listed under its root`() async throws {
        try await ArtifactServer.with { server in
            _ = try await server.put("\(server.root)/sub/g.json", "{\"a\":1}")
            let list = "/api/2.0/mlflow/artifacts/list"
            let root = "mlflow-artifacts:/\(server.root)"
            #expect(
                try await server.get("\(list)?run_id=\(server.run)").text
                    == #"{"root_uri":"\#(root)","files":[{"path":"sub","is_dir":true}]}"#)
            #expect(
                try await server.get("\(list)?run_uuid=\(server.run)&path=sub").text
                    == #"{"root_uri":"\#(root)","files":[{"path":"sub/g.json","is_dir":false,"file_size":7}]}"#)
            #expect(try await server.get("\(list)?run_id=\(server.run)&path=sub/g.json").text == #"{"root_uri":"\#(root)"}"#)
            #expect(try await server.get("\(list)?run_id=none").status == 404)
            for path in ["../x", "/etc", "a%23b"] {
                let refusal = try await server.get("\(list)?run_id=\(server.run)&path=\(path)")
                #expect(refusal.status == 400)
                #expect(refusal.text.contains("\"Invalid path\""))
            }
        }
    }

    @Test func `web pages get a run's files`() async throws {
        try await ArtifactServer.with { server in
            _ = try await server.put("\(server.root)/f.txt", "hello")
            let got = try await server.get("/get-artifact?run_id=\(server.run)&path=f.txt", headers: ["range": "bytes=1-2"])
            #expect((got.status, got.text, got.headers["cache-control"]) == (206, "el", "no-cache"))
            for range in ["bytes=3-1", "items=0-1", "bytes=9-"] {
                let refused = try await server.get("/get-artifact?run_id=\(server.run)&path=f.txt", headers: ["range": range])
                #expect((refused.status, refused.headers["content-range"]) == (416, "bytes */5"))
                #expect(refused.headers["content-type"] == "text/html; charset=utf-8")
            }
            #expect(try await server.get("/get-artifact?run_uuid=\(server.run)&path=f.txt").text == "hello")
            let unnamed = try await server.get("/get-artifact?run_id=\(server.run)")
            #expect((unnamed.status, unnamed.headers["content-type"]) == (400, "text/html; charset=utf-8"))
            let unknown = try await server.get("/get-artifact?path=f.txt")
            #expect(unknown.status == 404)
            #expect(unknown.text.contains("Run with id=None not found"))
            let missing = try await server.get("/get-artifact?run_id=\(server.run)&path=nope")
            #expect(missing.status == 404)
            #expect(missing.text.contains("No such artifact: '\(server.root)/nope'"))
            let folder = try await server.get("/get-artifact?run_id=\(server.run)&path=.")
            #expect(folder.status == 400)
            #expect(folder.text.contains("Artifact path refers to a directory, not a file: '\(server.root)/.'"))
        }
    }

    @Test func `web pages put a run's files, and are refused in MLflow's order`() async throws {
        try await ArtifactServer.with(limits: ArtifactRoutes.Limits(pageFileSizeMaxBytes: 1 << 20)) { server in
            func upload(_ query: String, _ body: String) async throws -> (Int, String) {
                let answer = try await server.client.send(
                    .post, "/ajax-api/2.0/mlflow/upload-artifact\(query)", headers: ["content-type": "text/plain"], body: Array(body.utf8))
                let text = String(decoding: answer.body, as: UTF8.self)
                return (
                    answer.status, answer.status == 200 ? text : try JSONValue(parsing: answer.body, as: "refusal")["message"]?.string ?? ""
                )
            }
            let large = String(repeating: "a", count: (1 << 20) + 1)
            let unnamed = try await upload("", "")
            #expect(unnamed == (400, "Request must specify run_uuid."))
            #expect(try await upload("?run_uuid=none", "") == (400, "Request must specify path."))
            #expect(try await upload("?run_uuid=none&path=../x", large) == (400, "Invalid path"))
            #expect(try await upload("?run_uuid=none&path=x", large) == (400, "Artifact size is too large. Max size is 1MB."))
            #expect(try await upload("?run_uuid=none&path=x", "") == (400, "Request must specify data."))
            #expect(try await upload("?run_uuid=none&path=x", "a") == (404, "Run with id=none not found"))
            #expect(try await upload("?run_uuid=\(server.run)&path=d/x", "abc") == (200, ""))
            #expect(try await server.file("\(server.root)/d/x").text == "abc")
        }
    }

    @Test func `addresses elsewhere are refused in MLflow's words`() async throws {
        try await ArtifactServer.with { server in
            let (up, down) = ("/api/2.0/mlflow/artifacts/presigned-upload-url", "/api/2.0/mlflow/artifacts/presigned-download-url")
            let run = JSONValue.string(server.run)
            func refusal(_ target: String, _ body: JSONValue) async throws -> String? {
                try await server.post(target, body).body["message"]?.string
            }
            let unnamed = try await refusal(up, ["path": "a"])
            #expect(unnamed == "Exactly one of run_id and model_id must be provided.")
            #expect(try await refusal(up, ["path": "a", "model_id": "m-nope"]) == "Logged model with ID 'm-nope' not found.")
            #expect(
                try await refusal(up, ["path": "a", "run_id": run])
                    == "Presigned upload is not supported for proxied artifact storage (artifact URI scheme: mlflow-artifacts). This endpoint requires a direct cloud storage artifact URI."
            )
            #expect(
                try await refusal(down, ["path": "a", "run_id": run, "expiration": 0])
                    == "expiration must be between 1 and 604800 seconds (got 0).")
            #expect(
                try await refusal(down, ["path": "a", "run_id": run])
                    == "Presigned download is not supported for runs with proxied artifact storage (artifact URI scheme: mlflow-artifacts). This endpoint requires a run with a direct cloud storage artifact URI."
            )
        }
    }
}
