import Foundation
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    /// MLflow's Python clients work with `martlet up --home DIR` as with MLflow's own server.
    @Suite struct MLflowClientTests {
        static let scripts = [
            "mlflow_tracking", "mlflow_registry", "mlflow_logged_models", "mlflow_artifacts", "mlflow_traces", "mlflow_pages",
        ]

        @Test(arguments: scripts)
        func `the client sees what MLflow's own server shows`(script: String) async throws {
            try await TrackingHome.with { home in
                try await compare(script, home)
                let underWay = try FileManager.default.contentsOfDirectory(atPath: "\(home.path)/temporary")
                #expect(underWay.isEmpty)
            }
        }

        @Test(arguments: scripts)
        func `it sees the same where the records are in PostgreSQL`(script: String) async throws {
            try await PostgreSQLServer.shared().withDatabase(named: script) { database in
                try await TrackingHome.with(database: database) { try await compare(script, $0) }
            }
        }

        /// The client of MLflow 2 refuses some things of the registry by itself, and has no prompts.
        @Test(arguments: [
            ("mlflow_tracking", "mlflow_tracking"), ("mlflow_registry", "mlflow_registry_2"), ("mlflow_artifacts", "mlflow_artifacts"),
        ])
        func `the client of MLflow 2 sees what MLflow's own server shows to it`(script: String, recorded: String) async throws {
            try await TrackingHome.with { try await compare(script, $0, with: .mlflow2, recorded: recorded) }
        }

        private func compare(
            _ script: String, _ home: TrackingHome, with python: PythonEnvironment = .clients, recorded: String? = nil
        ) async throws {
            let expected = try #require(try TrackingHome.recorded(recorded ?? script).object)
            let found = try await home.serving { try await home.seen(by: script + ".py", $0, with: python) }
            for (area, members) in expected.sorted(by: { $0.key < $1.key }) {
                let keys = Set(members.object?.keys.map(\.self) ?? []).union(found[area]?.object?.keys.map(\.self) ?? [])
                #expect(!keys.isEmpty)
                for key in keys.sorted() { #expect(found[area]?[key] == members[key], "\(area): \(key)") }
            }
        }

        /// Asked by those scripts alone whose answers are compared with those of MLflow's own server.
        @Test(arguments: [
            (PythonEnvironment.clients, scripts),
            (.mlflow2, ["mlflow_tracking", "mlflow_registry", "mlflow_artifacts", "mlflow_traces_2"]),
        ])
        func `the table of endpoints says what the client of a version asks`(python: PythonEnvironment, scripts: [String]) async throws {
            var asked: Set<String> = []
            for script in scripts {
                try await TrackingHome.with { home in
                    try await home.serving { server in
                        _ = try await home.seen(by: script + ".py", server, with: python)
                        asked.formUnion(try Self.asked(of: server))
                    }
                }
            }
            let column = python == .mlflow2 ? 2 : 1
            let rows = try Self.endpoints()
            let passing = Set(rows.filter { $0[column] == "passes" }.map { $0[0] })
            let known = asked.intersection(rows.map { $0[0] })
            #expect(known.subtracting(passing).sorted() == [], "asked, and not in the table")
            #expect(passing.subtracting(known).sorted() == [], "in the table, and not asked")
        }

        /// The cells of the rows of docs/mlflow/endpoints.md, the first of which is `GET /api/…`.
        private static func endpoints() throws -> [[String]] {
            let page = URL(filePath: #filePath).appending(path: "../../../../docs/mlflow/endpoints.md").standardized
            return try String(contentsOf: page, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
                line.split(separator: "|").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " `")) }
            }
        }

        /// What a server was asked, as the table has it: what pages ask as clients do is one route.
        private static func asked(of server: RunningServer) throws -> Set<String> {
            let metric = /martlet_http_requests_total\{method="([A-Z]+)",route="([^"]+)",/
            let text = try server.send("GET", "/metrics").body
            let routes = text.matches(of: metric).map { "\($0.output.1) \($0.output.2)" }
            return Set(routes + routes.map { $0.replacing(" /ajax-api/", with: " /api/") })
        }

        @Test(arguments: [PythonEnvironment.clients, .mlflow2])
        func `models that clients of either version log are registered, promoted and loaded`(python: PythonEnvironment) async throws {
            try await TrackingHome.with { home in
                let found = try await home.serving { try await home.seen(by: "mlflow_models.py", $0, with: python) }
                let model: (String) -> JSONValue = { name in
                    [
                        "aliases": ["champion"], "by alias": true, "by version": true, "downloaded": true, "listed": [.string(name)],
                        "tags": ["checked": "yes"], "version": "1",
                    ]
                }
                #expect(found["major"] == (python == .mlflow2 ? 2 : 3))
                #expect(found["booster"] == model("booster"))
                #expect(found["classifier"] == model("classifier"))
                #expect(
                    found["sklearn autolog"] == [
                        "C": "0.5", "accuracy": true, "flavor": "sklearn.linear_model._logistic.LogisticRegression", "inputs": true,
                        "status": "FINISHED",
                    ])
                #expect(found["lightgbm autolog"] == ["falls": true, "importance": true, "leaves": "4", "steps": [0, 1, 2, 3, 4]])
                #expect(found["searches"] == ["by parameter": 1, "columns": true])
            }
        }
    }
}
