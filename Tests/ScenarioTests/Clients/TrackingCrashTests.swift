import Foundation
import MartletCore
import MartletTesting
import Synchronization
import Testing

extension Scenarios {
    /// What a tracking server has acknowledged outlives it, however it ends.
    @Suite struct TrackingCrashTests {
        private static let clientCount = 16
        private static let roundCount = 3
        /// So many metrics are acknowledged before a server is killed.
        private static let acknowledgedMin = 400

        /// How many steps of its metric each run was told are written.
        private final class Acknowledged: Sendable {
            private let counts = Mutex<[String: Int]>([:])

            func note(_ run: String) { counts.withLock { $0[run, default: 0] += 1 } }

            var all: [String: Int] { counts.withLock { $0 } }
            var total: Int { all.values.reduce(0, +) }
        }

        @Test func `metrics and artifacts that were acknowledged are there after the server was killed, again and again`() async throws {
            try await TrackingHome.with { home in
                let acknowledged = Acknowledged()
                for round in 1...Self.roundCount {
                    try await home.serving { server in
                        try check(acknowledged, server)
                        try await load(server, acknowledged, until: round * Self.acknowledgedMin)
                    }
                }
                try await home.serving { try check(acknowledged, $0) }
                #expect(acknowledged.total >= Self.roundCount * Self.acknowledgedMin)
            }
        }

        /// Lets clients log until enough is acknowledged, and kills the server under them.
        private func load(_ server: RunningServer, _ acknowledged: Acknowledged, until count: Int) async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<Self.clientCount {
                    group.addTask {
                        await withCheckedContinuation { done in
                            Thread.detachNewThread {
                                // A client ends with an error, as the server is killed under it.
                                try? client(server, acknowledged)
                                done.resume()
                            }
                        }
                    }
                }
                group.addTask {
                    try await waitUntil("\(count) metrics are acknowledged") { acknowledged.total >= count }
                    server.process.send(SIGKILL)
                }
                try await group.waitForAll()
            }
            _ = try await server.process.end()
        }

        private func client(_ server: RunningServer, _ acknowledged: Acknowledged) throws {
            let connection = try server.connect()
            defer { connection.close() }
            func post(_ path: String, _ body: JSONValue) throws -> JSONValue {
                let answer = try connection.send("POST", "/api/2.0/mlflow/\(path)", body, headers: ["content-type": "application/json"])
                guard answer.status == 200 else { throw MartletError(.engine, "\(path) was answered \(answer.status)") }
                return try answer.json
            }
            guard let run = try post("runs/create", ["experiment_id": "0"])["run"]?["info"]?["run_id"]?.string else { return }
            for step in 0... {
                _ = try post(
                    "runs/log-metric", ["run_id": .string(run), "key": "m", "value": 1, "timestamp": 1, "step": .integer(Int64(step))])
                acknowledged.note(run)
            }
        }

        private func check(_ acknowledged: Acknowledged, _ server: RunningServer) throws {
            for (run, count) in acknowledged.all {
                let answer = try server.send("GET", "/api/2.0/mlflow/metrics/get-history?run_id=\(run)&metric_key=m&max_results=25000")
                let steps = try answer.json["metrics"]?.array?.compactMap { $0["step"]?.int.map { Int($0) } } ?? []
                #expect(steps.prefix(count).elementsEqual(0..<count), "run \(run): \(count) acknowledged, \(steps.count) there")
            }
        }

        @Test func `an artifact that was acknowledged is there after the server was killed`() async throws {
            try await TrackingHome.with { home in
                let path = "/api/2.0/mlflow-artifacts/artifacts/a/kept.json"
                try await home.serving { server in
                    let put = try server.send("PUT", path, ["kept": true])
                    try #require(put.status == 200, "\(put.body)")
                    server.process.send(SIGKILL)
                    _ = try await server.process.end()
                }
                let found = try await home.serving { try $0.send("GET", path).json }
                #expect(found["kept"] == true)
            }
        }
    }
}
