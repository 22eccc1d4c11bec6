import Foundation
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    /// Registered models that MLflow's client logged are deployed and answer.
    @Suite struct DeployedModelTests {
        /// Where deployed models answer. A connection of its own for each request: one would be closed while clients take their time.
        private struct Inference {
            let port: Int

            func send(_ method: String, _ path: String, _ body: JSONValue? = nil, headers: [String: String] = [:]) throws -> ServerAnswer {
                let connection = try ServerConnection(port: port)
                defer { connection.close() }
                return try connection.send(method, path, body, headers: headers)
            }
        }

        /// Where deployed models answer of a server that has said so.
        private func inference(_ server: RunningServer) throws -> Int {
            let line = try #require(server.process.errors.split(separator: "\n").first { $0.hasPrefix("inference: ") })
            return try #require(line.split(separator: ":").last.flatMap { Int($0) })
        }

        private func serving(_ home: TrackingHome, _ body: (RunningServer, Inference) async throws -> Void) async throws {
            try await home.serving { server in
                try await server.process.says("inference: ")
                try await body(server, Inference(port: try inference(server)))
            }
        }

        private func run(_ home: TrackingHome, _ words: String...) async throws -> JSONValue {
            let result = try await home.command(words + ["--json"]).run()
            try #require(result.status == 0, "\(result.errors)")
            return try JSONValue(parsing: result.output, as: words.joined(separator: " "))
        }

        private func refusal(_ home: TrackingHome, _ words: String...) async throws -> (Int32, String) {
            let result = try await home.command(words).run()
            return (result.status, result.errors)
        }

        private func answer(_ inference: Inference, _ model: String, _ seen: JSONValue) throws -> [Double] {
            let rows = try #require(seen["asked"]?.array)
            let data = JSONValue.array(rows.flatMap { $0.array ?? [] })
            let body: JSONValue = ["inputs": [["name": "input", "shape": [2, 4], "datatype": "FP64", "data": data]]]
            let answer = try inference.send("POST", "/v2/models/\(model)/infer", body)
            try #require(answer.status == 200, "\(answer.body)")
            return try answer.json["outputs"]?.array?.first?["data"]?.array?.compactMap(\.double) ?? []
        }

        /// Whether answers are those of Python, whose libraries may add in another order.
        private func isNear(_ found: [Double], _ expected: JSONValue?) -> Bool {
            let expected = expected?.array?.compactMap(\.double) ?? []
            return found.count == 2 && expected.count == 2 && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-12 * max(1, abs($1)) }
        }

        @Test func `a champion is deployed, replaced, rolled back, and answers again after the server was killed`() async throws {
            try await TrackingHome.with { home in
                var seen: JSONValue = [:]
                try await serving(home) { server, inference in
                    seen = try await home.seen(by: "mlflow_deploy.py", server)
                    let first = try await run(home, "deploy", "models:/price@champion", "--reason", "first")
                    #expect(first["serving"] == true && first["model"] == "models:/price/1")
                    #expect(try isNear(answer(inference, "price", seen), seen["boosters"]?.array?[0]))
                    _ = try await run(home, "deploy", "models:/price/2")
                    #expect(try isNear(answer(inference, "price", seen), seen["boosters"]?.array?[1]))
                    let back = try await run(home, "rollback", "price")
                    #expect(back["model"] == "models:/price/1" && back["serving"] == true)
                    server.process.send(SIGKILL)
                    _ = try await server.process.end()
                }
                try await serving(home) { server, inference in
                    try await server.process.says("switched: price: models:/price/1")
                    #expect(try isNear(answer(inference, "price", seen), seen["boosters"]?.array?[0]))
                }
                let moves = try await run(home, "history", "price")["moves"]?.array ?? []
                #expect(moves.map { $0["action"] } == ["deploy", "deploy", "rollback"])
                let at = try #require(moves[1]["at"]?.string)
                let then = try await run(home, "history", "price", "--at", at)
                #expect(then["pointer"] == moves[1]["release"])
            }
        }

        @Test func `a model that Python runs answers under another name, and what its files lost is brought again`() async throws {
            try await TrackingHome.with { home in
                try await serving(home) { server, inference in
                    let seen = try await home.seen(by: "mlflow_deploy.py", server)
                    let moved = try await run(home, "deploy", "models:/linear/latest", "--as", "linear-eu")
                    #expect(moved["serving"] == true && moved["endpoint"] == "linear-eu")
                    #expect(try isNear(answer(inference, "linear-eu", seen), seen["linear"]))
                    #expect(try inference.send("GET", "/v2/models/linear").status == 404)
                    _ = try await run(home, "deploy", "models:/price/1")
                }
                let models = "\(home.path)/models"
                for folder in try FileManager.default.contentsOfDirectory(atPath: models) {
                    let file = "\(models)/\(folder)/1/MLmodel"
                    try Data("flavors: {}".utf8).write(to: URL(filePath: file))
                }
                try await serving(home) { server, inference in
                    try await server.process.says("switched: price: ")
                    #expect(try inference.send("GET", "/v2/models/price/ready").status == 200)
                }
            }
        }

        @Test func `a model whose files are lost is told of, and the others answer`() async throws {
            try await TrackingHome.with { home in
                try await serving(home) { server, _ in
                    _ = try await home.seen(by: "mlflow_deploy.py", server)
                    _ = try await run(home, "deploy", "models:/price/1", "--as", "good")
                    _ = try await run(home, "deploy", "models:/price/2", "--as", "lost")
                }
                let models = "\(home.path)/models"
                for folder in try FileManager.default.contentsOfDirectory(atPath: models)
                where
                    FileManager.default.fileExists(atPath: "\(models)/\(folder)/2")
                {
                    try FileManager.default.removeItem(atPath: "\(models)/\(folder)/2/MLmodel")
                }
                try FileManager.default.removeItem(atPath: "\(home.path)/blobs")
                try await serving(home) { server, inference in
                    try await server.process.says("fault: 'lost': models:/price/2 cannot be loaded")
                    try await server.process.says("switched: good: ")
                    #expect(try inference.send("GET", "/v2/models/good/ready").status == 200)
                    #expect(try inference.send("GET", "/v2/models/lost/ready").status == 503)
                    #expect(try inference.send("GET", "/v2/health/ready").status == 503)
                    let refused = try inference.send("GET", "/v2/models/lost")
                    #expect(refused.status == 503)
                    #expect(
                        refused.body.contains("model 'lost' is not ready") && refused.body.contains("martlet deploy"), "\(refused.body)")
                }
            }
        }

        @Test func `what cannot be deployed leaves what answers, and is told with the next step`() async throws {
            try await TrackingHome.with { home in
                try await serving(home) { server, inference in
                    _ = try await home.seen(by: "mlflow_deploy.py", server)
                    _ = try await run(home, "deploy", "models:/price/1")
                    for (address, hint) in [
                        ("models:/prize@champion", "did you mean 'price'?"), ("models:/price@best", "it has @champion (version 1)"),
                        ("models:/price/3", "its newest version is 2"), ("models:/price", "expected models:/NAME@ALIAS"),
                    ] {
                        let (status, message) = try await refusal(home, "deploy", address)
                        #expect(status != 0 && message.contains(hint), "\(message)")
                    }
                    let (status, message) = try await refusal(home, "deploy", "models:/price/2", "--as", "a/b")
                    #expect(status == 65 && message.contains("model name 'a/b'"), "\(message)")
                    let unload = try inference.send("POST", "/v2/repository/models/price/unload", [:])
                    #expect(unload.status == 409 && unload.body.contains("martlet deploy"))
                    #expect(try await run(home, "history", "price")["moves"]?.array?.count == 1)
                }
            }
        }

        @Test func `only who may read a registered model may ask what is deployed of it`() async throws {
            try await TrackingHome.with { home in
                try await serving(home) { server, inference in
                    _ = try await home.seen(by: "mlflow_deploy.py", server)
                    _ = try await run(home, "deploy", "models:/price/1")
                    func token(_ name: String, _ options: String...) async throws -> String {
                        let added = try await home.command(["users", "add", name, "--no-password"] + options).run()
                        try #require(added.status == 0, "\(added.errors)")
                        let made = try await home.command(["tokens", "add", name]).run()
                        return made.output.trimmingCharacters(in: .whitespacesAndNewlines)
                    }
                    let boss = try await token("boss", "--administrator")
                    let reader = try await token("reader", "--role", "none")
                    let stranger = try await token("stranger", "--role", "none")
                    let granted = try await home.command(["users", "grant", "reader", "read", "--model", "price"]).run()
                    try #require(granted.status == 0, "\(granted.errors)")
                    func status(_ token: String?) throws -> Int {
                        try inference.send(
                            "GET", "/v2/models/price", nil, headers: token.map { ["authorization": "Bearer \($0)"] } ?? [:]
                        ).status
                    }
                    try await waitUntil("the server has seen the users") { try status(nil) == 401 }
                    #expect(try status(boss) == 200)
                    #expect(try status(reader) == 200)
                    // What one may not even see is not there.
                    #expect(try status(stranger) == 404)
                    // Only where a query names the model does it count.
                    let path = "/v2/models/price?model=nothing"
                    let passed = try inference.send("GET", path, nil, headers: ["authorization": "Bearer \(stranger)"])
                    let named = try inference.send(
                        "POST", "/invocations?model=price", ["inputs": [[1]]], headers: ["authorization": "Bearer \(stranger)"])
                    #expect((passed.status, named.status) == (404, 404))
                    #expect(try inference.send("GET", "/v2/health/live").status == 200)
                }
            }
        }
    }
}
