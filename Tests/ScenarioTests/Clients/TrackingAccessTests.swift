import Foundation
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    /// Who is let in by a tracking server, and who says so.
    @Suite struct TrackingAccessTests {
        private func run(_ home: TrackingHome, _ words: [String], input: String = "") async throws -> ProcessResult {
            let line = "printf %s \"$INPUT\" | \"$@\""
            let command = try home.command(words)
            let environment = command.environment.merging(["INPUT": input]) { $1 }
            return try await Command.script(line, [command.program] + command.arguments, environment: environment).run()
        }

        @Test func `MLflow's client is let in with a password or a token, and nobody without`() async throws {
            try await TrackingHome.with { home in
                let added = try await run(home, ["users", "add", "boss", "--administrator"], input: "correct horse\n")
                try #require(added.status == 0, "\(added.errors)")
                let token = try await run(home, ["tokens", "add", "boss", "--label", "test"])
                let secret = token.output.trimmingCharacters(in: .whitespacesAndNewlines)
                try #require(secret.hasPrefix("martlet_"))
                try await home.serving { server in
                    #expect(try server.send("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0").status == 401)
                    #expect(try server.send("GET", "/health").status == 200)
                    for environment in [
                        ["MLFLOW_TRACKING_TOKEN": secret],
                        ["MLFLOW_TRACKING_USERNAME": "boss", "MLFLOW_TRACKING_PASSWORD": "correct horse"],
                    ] {
                        let name = environment.keys.contains("MLFLOW_TRACKING_TOKEN") ? "by token" : "by password"
                        let found = try await home.seen(
                            by: "mlflow_access.py", server, environment: environment.merging(["NAME": name]) { $1 })
                        #expect(found == ["experiment": .string(name), "artifact": "kept", "large": true])
                    }
                }
            }
        }

        @Test func `the first user has to be an administrator, and a wrong password is on record`() async throws {
            try await TrackingHome.with { home in
                let refused = try await run(home, ["users", "add", "ann"], input: "correct horse\n")
                #expect(refused.status == 65)
                #expect(refused.errors.contains("--administrator"))
                let short = try await run(home, ["users", "add", "ann", "--administrator"], input: "short\n")
                #expect(short.status == 65)
                _ = try await run(home, ["users", "add", "ann", "--administrator"], input: "correct horse\n")
                try await home.serving { server in
                    let connection = try server.connect()
                    defer { connection.close() }
                    let wrong = "Basic " + Data("ann:wrong horse".utf8).base64EncodedString()
                    let answer = try connection.send(
                        "GET", "/api/2.0/mlflow/experiments/get?experiment_id=0", nil, headers: ["authorization": wrong])
                    #expect(answer.status == 401)
                }
                let events = try await run(home, ["users", "events", "--json"])
                #expect(events.output.contains("sign-in refused"))
                #expect(!events.output.contains("horse"))
            }
        }

        @Test(arguments: [
            ["users", "list"], ["users", "events"], ["users", "remove", "ann"], ["tokens", "list"], ["gc"], ["history", "models:/price"],
        ])
        func `a command about a home that is not there makes none`(_ words: [String]) async throws {
            try await TrackingHome.with { home in
                let result = try await run(home, words)
                #expect(result.status == 66)
                #expect(result.errors.contains("there is no home") && result.errors.contains("martlet up"), "\(result.errors)")
                #expect(!FileManager.default.fileExists(atPath: home.path))
            }
        }

        @Test func `users are not added to another database than the home's own`() async throws {
            try await TrackingHome.with { home in
                try await home.serving { _ in }
                let database = "\(home.path)/tracking.sqlite"
                try FileManager.default.moveItem(atPath: database, toPath: database + ".away")
                let refused = try await run(home, ["users", "add", "boss", "--administrator"], input: "correct horse\n")
                #expect(refused.status == 65)
                #expect(refused.errors.contains("--database"))
                #expect(!FileManager.default.fileExists(atPath: database))
            }
        }

        @Test func `a server that others could reach does not start while everybody could do everything`() async throws {
            try await TrackingHome.with { home in
                let up = try home.command([
                    "up", "--project", "\(home.folder)/martlet.yaml", "--tracking-port", "0", "--port", "0", "--host", "0.0.0.0",
                ])
                let result = try await up.run()
                #expect(result.status == 65)
                #expect(result.errors.contains("martlet users add"))
            }
        }
    }
}
