import Foundation
import MartletCore
import MartletStore
import MartletTesting
import Testing

extension Scenarios {
    /// `martlet up --artifacts s3://…` on a server of S3 that checks signatures.
    @Suite struct TrackingS3Tests {
        private static let path = "/api/2.0/mlflow-artifacts/artifacts/a/kept.json"

        /// Lends an empty home whose artifacts are in an empty bucket.
        private func withHome(_ body: (TrackingHome, S3Bucket) async throws -> Void) async throws {
            try await S3Server.shared().withBucket { bucket in
                try await TrackingHome.with(environment: environment(bucket)) { try await body($0, bucket) }
            }
        }

        private func environment(_ bucket: S3Bucket) -> [String: String] {
            bucket.server.environment().merging(["MARTLET_ARTIFACTS": "s3://\(bucket.name)/team"]) { $1 }
        }

        private func blobCount(_ home: TrackingHome) throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "\(home.path)/blobs").count
        }

        private func put(_ server: RunningServer) throws {
            let answer = try server.send("PUT", Self.path, ["kept": true])
            #expect(answer.status == 200, "\(answer.body)")
        }

        @Test func `MLflow's client sees what MLflow's own server shows, and the bytes are in the bucket`() async throws {
            try await withHome { home, bucket in
                let expected = try TrackingHome.recorded("mlflow_artifacts")
                let found = try await home.serving { try await home.seen(by: "mlflow_artifacts.py", $0) }
                #expect(found == expected)
                #expect(try bucket.state().keys.count > 10)
                #expect(try blobCount(home) == 0)
                #expect(try FileManager.default.contentsOfDirectory(atPath: "\(home.path)/temporary").isEmpty)
            }
        }

        @Test func `models are logged to the bucket and loaded from it`() async throws {
            try await withHome { home, _ in
                let found = try await home.serving { try await home.seen(by: "mlflow_models.py", $0) }
                #expect(found["classifier"]?["downloaded"] == true)
                #expect(found["booster"]?["by alias"] == true)
                #expect(try blobCount(home) == 0)
            }
        }

        @Test func `a server that is killed between object and row leaves an object that is taken up or collected`() async throws {
            try await withHome { home, bucket in
                try await home.serving { server in
                    try await kill(server, betweenObjectAndRowOf: home, bucket)
                    _ = try await server.process.end()
                }
                try await home.serving { server in
                    let missing = try server.send("GET", Self.path).status
                    #expect(missing == 404)
                    try put(server)
                    let kept = try server.send("GET", Self.path).json["kept"]
                    #expect(kept == true)
                }
                #expect(try bucket.state().requests.filter { $0 == "PUT" }.count == 2)
            }
        }

        /// Uploads while the database is locked, and kills the server once the bucket has the object.
        private func kill(_ server: RunningServer, betweenObjectAndRowOf home: TrackingHome, _ bucket: S3Bucket) async throws {
            let database = try SQLiteDatabase(path: "\(home.path)/tracking.sqlite")
            let count = try bucket.state().keys.count
            try await database.write { _ in
                Thread.detachNewThread {
                    // It ends with an error, as the server is killed under it.
                    _ = try? server.send("PUT", Self.path, ["kept": true])
                }
                let deadline = ContinuousClock.now + .seconds(60)
                while try bucket.state().keys.count == count {
                    guard ContinuousClock.now < deadline else { throw MartletError(.limitExceeded, "the object never came") }
                    Thread.sleep(forTimeInterval: 0.01)
                }
                server.process.send(SIGKILL)
                while server.process.exitStatus == nil { Thread.sleep(forTimeInterval: 0.01) }
            }
            try await database.close()
        }

        @Test func `a bucket that is gone is told, and nothing is written`() async throws {
            try await withHome { home, bucket in
                try await home.serving { server in
                    try bucket.remove()
                    let refused = try server.send("PUT", Self.path, ["kept": true])
                    #expect(refused.status == 503)
                    #expect(refused.body.contains("NoSuchBucket"))
                    #expect(try server.send("GET", Self.path).status == 404)
                    try bucket.make()
                    try put(server)
                    let secret = bucket.server.environment()["AWS_SECRET_ACCESS_KEY"] ?? ""
                    #expect(!server.process.errors.contains(secret))
                    #expect(!server.process.errors.lowercased().contains("signature="))
                }
            }
        }

        /// What a command says when it cannot start.
        private func refusal(_ home: TrackingHome, _ words: [String] = ["up", "--tracking-port", "0"]) async throws -> String {
            let words = words.first == "up" ? words + ["--project", "\(home.folder)/martlet.yaml"] : words
            let result = try await home.command(words).run()
            #expect(result.status != 0)
            return result.errors
        }

        @Test func `what is wrong with S3 is told at the start`() async throws {
            let bucket = try await S3Server.shared().withBucket { $0 }
            for (change, text) in [
                (["AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9"], "cannot reach S3 at http://127.0.0.1:9"),
                (["AWS_SECRET_ACCESS_KEY": "wrong"], "SignatureDoesNotMatch"),
                (["MARTLET_ARTIFACTS": "s3://nobody-has-this-bucket/x"], "NoSuchBucket"),
                (["MARTLET_ARTIFACTS": "gs://bucket/x"], "expected s3://bucket/prefix"),
                (["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SHARED_CREDENTIALS_FILE": "none"], "S3 needs credentials"),
            ] {
                try await TrackingHome.with(environment: environment(bucket).merging(change) { $1 }) { home in
                    let said = try await refusal(home)
                    #expect(said.contains(text), "\(said)")
                }
            }
        }

        @Test func `a home with artifacts on disk is refused with a bucket, and the other way round`() async throws {
            try await withHome { home, bucket in
                let onDisk = TrackingHome(home, environment: ["MARTLET_ARTIFACTS": ""])
                try await onDisk.serving { try put($0) }
                #expect(try await refusal(home).contains("are kept with no --artifacts, found --artifacts s3://\(bucket.name)/team"))
            }
            try await withHome { home, bucket in
                try await home.serving { try put($0) }
                let onDisk = TrackingHome(home, environment: ["MARTLET_ARTIFACTS": ""])
                #expect(try await refusal(onDisk).contains("are kept with --artifacts s3://\(bucket.name)/team"))
                // What changes no setting looks where the database says.
                let shown = try await onDisk.command(["gc", "--json"]).run()
                #expect(shown.status == 0, "\(shown.errors)")
            }
        }

        @Test func `models whose files are in the bucket are deployed, rolled back and scored with`() async throws {
            try await withHome { home, _ in
                // Commands know where the bytes are from the database alone.
                let away = TrackingHome(home, environment: ["MARTLET_ARTIFACTS": ""])
                func done(_ words: String...) async throws -> JSONValue {
                    let result = try await away.command(words + ["--json"]).run()
                    try #require(result.status == 0, "\(result.errors)")
                    return try JSONValue(parsing: result.output, as: words.joined(separator: " "))
                }
                try await home.serving { server in
                    try await server.process.says("inference: ")
                    _ = try await home.seen(by: "mlflow_deploy.py", server)
                    for address in ["models:/price@champion", "models:/price/2"] {
                        let moved = try await done("deploy", address)
                        #expect(moved["serving"] == true)
                    }
                    try FileManager.default.removeItem(atPath: "\(home.path)/models")
                    let back = try await done("rollback", "price")
                    #expect(back["serving"] == true && back["model"] == "models:/price/1")
                }
                let (rows, scores) = ("\(home.folder)/rows.csv", "\(home.folder)/scores.csv")
                try Data("Column_0,Column_1,Column_2,Column_3\n1,2,3,4\n".utf8).write(to: URL(filePath: rows))
                _ = try await done("score", "--model", "models:/price@champion", "--input", rows, "--output", scores)
                #expect(try String(contentsOfFile: scores, encoding: .utf8).split(separator: "\n").count == 2)
            }
        }

        @Test func `artifacts of a store of MLflow's are brought to the bucket`() async throws {
            try await withHome { home, bucket in
                let store = try await home.unpacked("3.17.2")
                let expected = try Data(contentsOf: URL(filePath: "\(store)/seen-sqlite.json"))
                let words = ["import", "mlflow", "\(store)/mlflow.db", "--artifacts-from", "\(store)/artifacts-sqlite"]
                let found = try await home.serving { server in
                    let brought = try await TrackingHome(home, environment: ["MARTLET_ARTIFACTS": ""]).command(words).run()
                    try #require(brought.status == 0, "\(brought.errors) \(brought.output)")
                    return try await home.seen(by: "mlflow_import_read.py", server)
                }
                let known = try JSONValue(parsing: Array(expected), as: "what MLflow's server showed")
                try TrackingHome.compare(found, with: known)
                #expect(try bucket.state().keys.count > 1)
                #expect(try blobCount(home) == 0)
            }
        }

        @Test func `gc removes from the bucket what nothing refers to`() async throws {
            try await withHome { home, bucket in
                try await home.serving { server in
                    try put(server)
                    let other = try server.send("PUT", Self.path + "2", ["kept": false]).status
                    let deleted = try server.send("DELETE", Self.path + "2").status
                    #expect((other, deleted) == (200, 200))
                }
                let shown = try await home.command(["gc", "--older-than", "0"]).run()
                #expect(shown.output.contains("nothing refers to 1 blob of 14 bytes"))
                #expect(try bucket.state().keys.count == 3)
                let removed = try await home.command(["gc", "--older-than", "0", "--delete"]).run()
                #expect(removed.output.contains("removed 1 blob of 14 bytes"))
                #expect(try bucket.state().keys.count == 2)
                let kept = try await home.serving { try $0.send("GET", Self.path).json["kept"] }
                #expect(kept == true)
            }
        }
    }
}
