import Foundation
import Glibc
import MartletCore
import MartletStore
import MartletTesting
import Testing

extension Scenarios {
    /// A tracking server whose disk is full refuses what does not fit, and goes on once there is room.
    @Suite struct TrackingFullDiskTests {
        private static let refusedMin = 5
        /// So many batches are more than fit.
        private static let batchCountMax = 200

        /// What was acknowledged: how many parameters each batch of the run wrote.
        private struct Load {
            private static let headers = ["content-type": "application/json"]
            let run: String
            let connection: ServerConnection
            var acknowledged = 0

            init(_ server: RunningServer) throws {
                connection = try server.connect()
                let answer = try connection.send("POST", "/api/2.0/mlflow/runs/create", ["experiment_id": "0"], headers: Self.headers)
                run = try #require(answer.json["run"]?["info"]?["run_id"]?.string)
            }

            /// Logs some 60 KB.
            mutating func log() throws -> ServerAnswer {
                let name = "p\(acknowledged)"
                let parameters = (0..<10).map { index -> JSONValue in
                    ["key": .string("\(name).\(index)"), "value": .string(String(repeating: "x", count: 6_000))]
                }
                let body: JSONValue = ["run_id": .string(run), "params": .array(parameters)]
                let answer = try connection.send("POST", "/api/2.0/mlflow/runs/log-batch", body, headers: Self.headers)
                if answer.status == 200 { acknowledged += 1 }
                return answer
            }

            mutating func logUntilRefused() throws -> ServerAnswer {
                for _ in 0..<TrackingFullDiskTests.batchCountMax {
                    let answer = try log()
                    guard answer.status == 200 else { return answer }
                }
                throw MartletError(.limitExceeded, "nothing was refused; is the disk limited at all?")
            }

            func isThere() throws -> Bool {
                let answer = try connection.send("GET", "/api/2.0/mlflow/runs/get?run_id=\(run)")
                return try answer.status == 200 && answer.json["run"]?["data"]?["params"]?.array?.count == 10 * acknowledged
            }
        }

        /// - Parameter isWhole: whether not even a small write fits, and the system says that the disk is full.
        private func fill(_ server: RunningServer, isWhole: Bool, _ makeRoom: () async throws -> Void) async throws {
            var load = try Load(server)
            defer { load.connection.close() }
            let refusal = try load.logUntilRefused()
            #expect((isWhole ? [507] : [503, 507]).contains(refusal.status), "\(refusal.body)")
            #expect(refusal.body.contains("disk"))
            for _ in 0..<Self.refusedMin {
                let status = try load.log().status
                #expect(status == refusal.status)
            }
            #expect(try load.isThere())
            if isWhole {
                #expect(try refusal.json["error_code"] == "RESOURCE_EXHAUSTED")
                let upload = try server.send("PUT", "/api/2.0/mlflow-artifacts/artifacts/a.json", [:])
                #expect(upload.status == 507, "\(upload.body)")
            }
            try await makeRoom()
            for _ in 0..<Self.refusedMin {
                let answer = try load.log()
                #expect(answer.status == 200, "\(answer.body)")
            }
            #expect(try load.isThere())
        }

        private func checkSound(_ home: TrackingHome) async throws {
            let database = try SQLiteDatabase(path: "\(home.path)/tracking.sqlite")
            let found = try await database.read { try $0.all("PRAGMA integrity_check") { $0.text(0) } }
            try await database.close()
            #expect(found == ["ok"])
        }

        /// Runs a server that may write no file larger than a limit, which can be raised.
        private func limited(_ home: TrackingHome, _ body: (RunningServer) async throws -> Void) async throws {
            let up = try home.command(["up", "--project", "\(home.folder)/martlet.yaml", "--tracking-port", "0", "--port", "0"])
            // The shell hands the limit on to what it becomes.
            let shell = Command.script("ulimit -S -f 4096; exec \"$@\"", [up.program] + up.arguments, environment: up.environment)
            let server = try await RunningServer(shell, awaiting: ["listening: http://"])
            defer { server.process.stop() }
            try await body(server)
            server.process.send(SIGKILL)
            _ = try await server.process.end()
        }

        @Test func `where no file may grow, writes are refused, reads go on, and nothing acknowledged is lost`() async throws {
            try await TrackingHome.with { home in
                try await home.serving { _ in }
                try await limited(home) { server in
                    try await fill(server, isWhole: false) {
                        let raise = ["prlimit", "--pid=\(server.process.pid)", "--fsize=unlimited"]
                        let result = try await Command("/usr/bin/env", raise).run()
                        try #require(result.status == 0, "\(result.errors)")
                    }
                }
                try await checkSound(home)
            }
        }

        @Test(.enabled("mounting a small file system takes root") { SmallFileSystem.isPermitted })
        func `where the disk is full, writes are refused, reads go on, and nothing acknowledged is lost`() async throws {
            try await TrackingHome.with { home in
                try await home.serving { _ in }
                try FileManager.default.moveItem(atPath: home.path, toPath: home.path + ".made")
                try FileManager.default.createDirectory(atPath: home.path, withIntermediateDirectories: false)
                try await SmallFileSystem.with(at: home.path, sizeKiB: 16_384, fillerKiB: 12_288) { disk in
                    for name in try FileManager.default.contentsOfDirectory(atPath: home.path + ".made") {
                        try FileManager.default.copyItem(atPath: "\(home.path).made/\(name)", toPath: "\(home.path)/\(name)")
                    }
                    try await home.serving { server in
                        try await fill(server, isWhole: true) { try disk.removeFiller() }
                        server.process.send(SIGKILL)
                        _ = try await server.process.end()
                    }
                    try await checkSound(home)
                }
            }
        }
    }
}
