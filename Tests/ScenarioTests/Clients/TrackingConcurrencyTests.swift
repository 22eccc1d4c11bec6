import Foundation
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    /// Many clients of one server at the same time.
    @Suite struct TrackingConcurrencyTests {
        private static let clientCount = 16
        private static let stepCount = 25

        /// One client, with a connection of its own.
        private struct Client {
            let number: Int
            let connection: ServerConnection

            func post(_ path: String, _ body: JSONValue) throws -> JSONValue {
                let answer = try connection.send("POST", "/api/2.0/mlflow/\(path)", body, headers: ["content-type": "application/json"])
                guard answer.status == 200 else { throw MartletError(.engine, "\(path) was answered \(answer.status): \(answer.body)") }
                return try answer.json
            }

            /// Logs to a run of its own and to one that all share, and makes versions. - Returns: its run, and the versions' numbers.
            func work(shared: String) throws -> (run: String, versions: [Int]) {
                let created = try post("runs/create", ["experiment_id": "0"])
                guard let run = created["run"]?["info"]?["run_id"]?.string else { throw MartletError(.engine, "a run has no identifier") }
                var versions: [Int] = []
                for step in 0..<TrackingConcurrencyTests.stepCount {
                    let point: JSONValue = ["key": "own", "value": .integer(Int64(number)), "timestamp": 1, "step": .integer(Int64(step))]
                    let param: JSONValue = ["key": .string("p\(step)"), "value": .string("\(number)")]
                    _ = try post("runs/log-batch", ["run_id": .string(run), "metrics": [point], "params": [param]])
                    _ = try post(
                        "runs/log-metric",
                        [
                            "run_id": .string(shared), "key": "all", "value": .integer(Int64(number)), "timestamp": 1,
                            "step": .integer(Int64(step)),
                        ])
                    _ = try post(
                        "runs/set-tag", ["run_id": .string(shared), "key": .string("t\(number).\(step)"), "value": .string("\(step)")])
                    let made = try post("model-versions/create", ["name": "price", "source": "s3://bucket/x"])
                    versions += made["model_version"]?["version"]?.string.flatMap { Int($0) }.map { [$0] } ?? []
                }
                return (run, versions)
            }
        }

        private func check(_ database: String?) async throws {
            try await TrackingHome.with(database: database) { home in
                try await home.serving { server in
                    let connection = try server.connect()
                    defer { connection.close() }
                    let first = Client(number: -1, connection: connection)
                    let made = try first.post("runs/create", ["experiment_id": "0"])
                    let shared = try #require(made["run"]?["info"]?["run_id"]?.string)
                    _ = try first.post("registered-models/create", ["name": "price"])
                    let work = try await work(server, shared)
                    for (run, _) in work {
                        #expect(try steps(server, run, "own") == Array(0..<Self.stepCount))
                        let found = try server.send("GET", "/api/2.0/mlflow/runs/get?run_id=\(run)").json["run"]
                        #expect(found?["data"]?["params"]?.array?.count == Self.stepCount)
                    }
                    #expect(
                        try steps(server, shared, "all") == (0..<Self.stepCount).flatMap { Array(repeating: $0, count: Self.clientCount) })
                    let tags =
                        try server.send("GET", "/api/2.0/mlflow/runs/get?run_id=\(shared)").json["run"]?["data"]?["tags"]?.array ?? []
                    #expect(tags.filter { $0["key"]?.string?.hasPrefix("t") == true }.count == Self.clientCount * Self.stepCount)
                    // Each number once, without gaps.
                    #expect(work.flatMap(\.versions).sorted() == Array(1...(Self.clientCount * Self.stepCount)))
                    let search: JSONValue = ["experiment_ids": ["0"], "max_results": 1_000]
                    let runs = try first.post("runs/search", search)["runs"]?.array
                    #expect(runs?.count == Self.clientCount + 1)
                }
            }
        }

        private func work(_ server: RunningServer, _ shared: String) async throws -> [(run: String, versions: [Int])] {
            try await withThrowingTaskGroup(of: (run: String, versions: [Int]).self) { group in
                for number in 0..<Self.clientCount {
                    group.addTask {
                        try await withCheckedThrowingContinuation { done in
                            Thread.detachNewThread {
                                done.resume(
                                    with: Result {
                                        let connection = try server.connect()
                                        defer { connection.close() }
                                        return try Client(number: number, connection: connection).work(shared: shared)
                                    })
                            }
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }

        private func steps(_ server: RunningServer, _ run: String, _ key: String) throws -> [Int] {
            let answer = try server.send("GET", "/api/2.0/mlflow/metrics/get-history?run_id=\(run)&metric_key=\(key)&max_results=25000")
            return try answer.json["metrics"]?.array?.compactMap { $0["step"]?.int.map { Int($0) } } ?? []
        }

        @Test func `what 16 clients wrote to SQLite at the same time is there once`() async throws { try await check(nil) }

        @Test func `what 16 clients wrote to PostgreSQL at the same time is there once`() async throws {
            try await PostgreSQLServer.shared().withDatabase(named: "sixteen") { try await check($0) }
        }
    }
}
