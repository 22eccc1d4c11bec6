import Foundation
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    /// `martlet gc` beside a server that runs.
    @Suite struct CollectionTests {
        private func post(_ server: RunningServer, _ path: String, _ body: JSONValue) throws -> JSONValue {
            let connection = try server.connect()
            defer { connection.close() }
            let answer = try connection.send("POST", "/api/2.0/mlflow/\(path)", body, headers: ["content-type": "application/json"])
            try #require(answer.status == 200, "\(answer.body)")
            return try answer.json
        }

        /// A run with a file of its own, and the address of that.
        private func makeRun(_ server: RunningServer) throws -> (id: String, file: String) {
            let run = try post(server, "runs/create", ["experiment_id": "0"])["run"]?["info"]
            let id = try #require(run?["run_id"]?.string)
            let file = "/api/2.0/mlflow-artifacts/artifacts/0/\(id)/artifacts/own.json"
            try #require(server.send("PUT", file, ["run": .string(id)]).status == 200)
            return (id, file)
        }

        private func collect(_ home: TrackingHome, _ words: String...) async throws -> ProcessResult {
            let result = try await home.command(["gc", "--deleted-runs"] + words).run()
            try #require(result.status == 0, "\(result.errors)")
            return result
        }

        private func status(_ server: RunningServer, _ run: String) throws -> Int {
            try server.send("GET", "/api/2.0/mlflow/runs/get?run_id=\(run)").status
        }

        @Test func `deleted runs go for good with their bytes, but for what a version was made of`() async throws {
            try await TrackingHome.with { home in
                try await home.serving { server in
                    let (gone, needed, active) = (try makeRun(server), try makeRun(server), try makeRun(server))
                    _ = try post(server, "registered-models/create", ["name": "price"])
                    let version: JSONValue = [
                        "name": "price", "source": .string("mlflow-artifacts:/0/\(needed.id)/artifacts"), "run_id": .string(needed.id),
                    ]
                    _ = try post(server, "model-versions/create", version)
                    for run in [gone, needed] { _ = try post(server, "runs/delete", ["run_id": .string(run.id)]) }
                    let young = try await collect(home)
                    #expect(young.output.contains("nothing that was deleted would go"))
                    let shown = try await collect(home, "--older-than", "0s")
                    #expect(shown.output.contains("run      \(gone.id)"), "\(shown.output)")
                    #expect(shown.output.contains("kept: run \(needed.id): version 1 of 'price' was made of it"))
                    #expect(try status(server, gone.id) == 200)
                    let text = try await collect(home, "--older-than", "0", "--delete", "--json").output
                    let removed = try JSONValue(parsing: text, as: "gc")
                    #expect(removed["records"]?.array?.map { $0["id"]?.string } == [gone.id])
                    #expect(removed["kept"]?.array?.map { $0["id"]?.string } == [needed.id])
                    #expect(removed["blobs"]?.array?.count == 1)
                    #expect(removed["deleted"] == true)
                    #expect(try [gone, needed, active].map { try status(server, $0.id) } == [404, 200, 200])
                    #expect(try [gone, needed, active].map { try server.send("GET", $0.file).status } == [404, 200, 200])
                }
            }
        }

        @Test func `what goes is counted by its kind, and who removed it is on record`() async throws {
            try await TrackingHome.with { home in
                try await home.serving { server in
                    let made = try post(server, "experiments/create", ["name": "old"])
                    let id = try #require(made["experiment_id"]?.string)
                    _ = try post(server, "experiments/delete", ["experiment_id": .string(id)])
                    let shown = try await collect(home, "--older-than", "0")
                    #expect(shown.output.contains("\n1 experiment would go"), "\(shown.output)")
                    let run = try makeRun(server).id
                    _ = try post(server, "runs/delete", ["run_id": .string(run)])
                    let removed = try await collect(home, "--older-than", "0", "--delete")
                    #expect(removed.output.contains("\nremoved 1 run and 1 experiment\n"), "\(removed.output)")
                    let events = try await home.command(["users", "events"]).run()
                    #expect(events.output.contains("for good: experiment \(id)"), "\(events.output)")
                }
            }
        }

        @Test func `a home that nobody served is not collected, and nothing is to be removed that is not there`() async throws {
            try await TrackingHome.with { home in
                let added = try await home.command(["users", "add", "ann", "--administrator", "--no-password"]).run()
                try #require(added.status == 0, "\(added.errors)")
                let result = try await home.command(["gc"]).run()
                #expect(result.status == 65)
                #expect(result.errors.contains("martlet up") && !result.errors.contains("identity"), "\(result.errors)")
            }
        }

        @Test(arguments: ["1x", "-1", "d", "9999999d"])
        func `an age that is none is refused`(_ age: String) async throws {
            try await TrackingHome.with { home in
                let result = try await home.command(["gc", "--older-than=\(age)"]).run()
                #expect(result.status == 64)
                #expect(result.errors.contains("--older-than"))
            }
        }
    }
}
