import Foundation
import MartletCore
import MartletStore
import MartletTesting
import Testing

extension Scenarios {
    /// An import that is killed, again and again, and gone on with.
    @Suite struct KilledImportTests {
        private static let runCount = 450
        private static let pointCount = 120
        /// So many files are there when it is killed.
        private static let killedAt = [1, 150, 300]

        private func id(_ number: Int) -> String {
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: 32 - digits.count) + digits
        }

        private func content(_ number: Int) -> String { "weights of \(number)" }

        /// A folder of MLflow's with one experiment, whose runs have a metric, a parameter and a file each.
        private func write(_ path: String) throws {
            func file(_ name: String, _ text: String) throws {
                let url = URL(filePath: "\(path)/\(name)")
                try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: url)
            }
            try file("5/meta.yaml", "artifact_location: file://\(path)/5\nexperiment_id: '5'\nlifecycle_stage: active\nname: five\n")
            let points = (0..<Self.pointCount).map { "\($0) 0.\($0) \($0)\n" }.joined()
            for number in 1...Self.runCount {
                let run = "5/\(id(number))"
                try file(
                    "\(run)/meta.yaml",
                    """
                    artifact_uri: file://\(path)/\(run)/artifacts
                    experiment_id: '5'
                    lifecycle_stage: active
                    run_id: \(id(number))
                    run_name: run \(number)
                    start_time: \(number)
                    status: 3
                    user_id: ann
                    """)
                try file("\(run)/params/number", "\(number)")
                try file("\(run)/metrics/loss", points)
                try file("\(run)/artifacts/model/weights.json", content(number))
            }
        }

        private func blobCount(_ home: TrackingHome) -> Int {
            FileManager.default.enumerator(atPath: "\(home.path)/blobs")?.allObjects.count { ($0 as? String)?.utf8.count ?? 0 > 64 } ?? 0
        }

        private func count(_ home: TrackingHome, _ table: String) async throws -> Int {
            let database = try SQLiteDatabase(path: "\(home.path)/tracking.sqlite")
            let count = try await database.read { try $0.first("SELECT COUNT(*) FROM \(table)") { Int($0.integer(0)) } ?? 0 }
            try await database.close()
            return count
        }

        @Test func `all is there once, with the right bytes, however often an import was killed`() async throws {
            try await TrackingHome.with { home in
                let source = "\(home.folder)/mlruns"
                try write(source)
                try await home.serving { _ in }
                for fileCount in Self.killedAt {
                    let process = try RunningProcess(home.command(["import", "mlflow", source]))
                    defer { process.stop() }
                    try await waitUntil("\(fileCount) files are there") { blobCount(home) >= fileCount || process.exitStatus != nil }
                    process.send(SIGKILL)
                    let status = try await process.end().status
                    #expect(status == -SIGKILL, "the import ended before it was killed; let it have more to do")
                }
                let before = try await count(home, "tracked_runs")
                #expect(before < Self.runCount)
                let last = try await home.command(["import", "mlflow", source, "--json"]).run()
                try #require(last.status == 0, "\(last.errors)")
                let runs = try JSONValue(parsing: last.output, as: "the report")["counts"]?["runs"]
                #expect(runs?["found"]?.int == Int64(Self.runCount))
                try await check(home)
                let again = try await home.command(["import", "mlflow", source]).run()
                #expect(again.output.contains("nothing is left to be brought"))
            }
        }

        private func check(_ home: TrackingHome) async throws {
            #expect(try await count(home, "tracked_runs") == Self.runCount)
            #expect(try await count(home, "latest_metrics") == Self.runCount)
            #expect(try await count(home, "past_metrics") == Self.runCount * (Self.pointCount - 1))
            #expect(try await count(home, "late_metrics") == 0)
            #expect(try await count(home, "artifact_files") == Self.runCount)
            try await home.serving { server in
                let connection = try server.connect()
                defer { connection.close() }
                for number in stride(from: 1, through: Self.runCount, by: 7) {
                    let run = try connection.send("GET", "/api/2.0/mlflow/runs/get?run_id=\(id(number))").json["run"]
                    #expect(run?["data"]?["params"] == [["key": "number", "value": .string("\(number)")]])
                    let place = "/get-artifact?run_id=\(id(number))&path=model/weights.json"
                    let found = try connection.send("GET", place)
                    #expect(found.body == content(number))
                }
            }
        }
    }
}
