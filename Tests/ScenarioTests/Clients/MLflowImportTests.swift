import Foundation
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    /// What MLflow recorded is the same to its clients once it was brought here.
    @Suite struct MLflowImportTests {
        private static let versions = ["2.22.5", "3.17.2"]
        private static let reader = "mlflow_import_read.py"

        @Test(arguments: [PythonEnvironment.clients, .mlflow2])
        func `the client sees the same of a folder that it wrote`(python: PythonEnvironment) async throws {
            try await TrackingHome.with { home in
                let uri = "file://\(home.folder)/mlruns"
                _ = try await home.output(of: "mlflow_import_store.py", [uri, "\(home.folder)/files"], with: python)
                let expected = try await home.output(of: Self.reader, [uri], with: python)
                let first = try await bring("\(home.folder)/mlruns", into: home)
                #expect(first["flaw_count"] == 0)
                try TrackingHome.compare(try await home.serving { try await home.seen(by: Self.reader, $0, with: python) }, with: expected)
                try await expectNothingLeft("\(home.folder)/mlruns", in: home)
            }
        }

        @Test(arguments: versions)
        func `the client sees the same of a SQLite file of MLflow's server`(version: String) async throws {
            try await TrackingHome.with { home in
                let store = try await home.unpacked(version)
                try await check("sqlite:///\(store)/mlflow.db", store, "sqlite", version, home)
            }
        }

        @Test(arguments: versions)
        func `the client sees the same of a PostgreSQL database of MLflow's server`(version: String) async throws {
            let server = try await PostgreSQLServer.shared()
            let name = "import\(version.filter(\.isNumber))"
            try await server.withDatabase(named: name) { target in
                try await server.withDatabase(named: "\(name)source") { source in
                    try await TrackingHome.with(database: target) { home in
                        let store = try await home.unpacked(version)
                        let load = ["--quiet", "--set=ON_ERROR_STOP=1", "--file=\(store)/mlflow.sql", source]
                        let loaded = try await Command("\(PostgreSQLServer.programs)/psql", load).run()
                        try #require(loaded.status == 0, "\(loaded.errors)")
                        try await check(source, store, "postgresql", version, home)
                    }
                }
            }
        }

        @Test func `a running server shows what is brought meanwhile`() async throws {
            try await TrackingHome.with { home in
                let store = try await home.unpacked("3.17.2")
                let expected = try Data(contentsOf: URL(filePath: "\(store)/seen-sqlite.json"))
                let found = try await home.serving { server in
                    _ = try await bring("\(store)/mlflow.db", into: home, artifacts: "\(store)/artifacts-sqlite")
                    return try await home.seen(by: Self.reader, server)
                }
                try TrackingHome.compare(found, with: JSONValue(parsing: Array(expected), as: "what the server showed"))
            }
        }

        @Test func `what is not there, and what cannot be brought, ends with its exit code`() async throws {
            try await TrackingHome.with { home in
                #expect(try await home.command(["import", "mlflow", "\(home.folder)/nowhere"]).run().status == 66)
                let run = "\(home.folder)/mlruns/1/\(String(repeating: "a", count: 32))"
                try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
                try "experiment_id: '1'\nname: one\n".write(toFile: "\(home.folder)/mlruns/1/meta.yaml", atomically: true, encoding: .utf8)
                try "run_id: 'torn".write(toFile: "\(run)/meta.yaml", atomically: true, encoding: .utf8)
                let result = try await home.command(["import", "mlflow", "\(home.folder)/mlruns"]).run()
                #expect(result.status == 65)
                // Long lines are broken.
                let told = result.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                #expect(told.contains("meta.yaml', line 1"))
                #expect(result.errors.contains("1 thing in the source cannot be brought"))
                let again = try await home.command(["import", "mlflow", "\(home.folder)/mlruns"]).run()
                #expect(again.status == 65)
                #expect(again.output.contains("\nnothing was brought; what is told above cannot be"), "\(again.output)")
            }
        }

        @Test func `the history of a model that was brought tells who did that, and why`() async throws {
            try await TrackingHome.with { home in
                for (folder, meta) in [
                    ("1", "experiment_id: '1'\nname: one\n"),
                    ("models/price", "creation_timestamp: 30\nlast_updated_timestamp: 40\nname: price\n"),
                ] {
                    let place = "\(home.folder)/mlruns/\(folder)"
                    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
                    try meta.write(toFile: "\(place)/meta.yaml", atomically: true, encoding: .utf8)
                }
                #expect(try await bring("\(home.folder)/mlruns", into: home)["flaw_count"] == 0)
                let shown = try await home.command(["history", "models:/price"]).run()
                let lines = shown.output.split(separator: "\n")
                #expect(lines.first?.hasSuffix("why") == true, "\(shown.output)")
                #expect(lines.last?.contains("martlet import  brought from ") == true, "\(shown.output)")
            }
        }

        // MARK: Steps

        /// Brings a database that was recorded with what its server showed.
        private func check(_ source: String, _ store: String, _ kind: String, _ version: String, _ home: TrackingHome) async throws {
            let artifacts = "\(store)/artifacts-\(kind)"
            let first = try await bring(source, into: home, artifacts: artifacts)
            #expect(first["flaw_count"] == 0)
            let python = version.hasPrefix("2") ? PythonEnvironment.mlflow2 : .clients
            let found = try await home.serving { try await home.seen(by: Self.reader, $0, with: python) }
            let expected = try Data(contentsOf: URL(filePath: "\(store)/seen-\(kind).json"))
            try TrackingHome.compare(found, with: JSONValue(parsing: Array(expected), as: "what the server showed"))
            try await expectNothingLeft(source, in: home, artifacts: artifacts)
        }

        private func bring(_ source: String, into home: TrackingHome, artifacts: String? = nil) async throws -> JSONValue {
            let words = ["import", "mlflow", source, "--json"] + (artifacts.map { ["--artifacts-from", $0] } ?? [])
            let result = try await home.command(words).run()
            try #require(result.status == 0, "\(result.errors) \(result.output.suffix(4_000))")
            return try JSONValue(parsing: result.output, as: "the report")
        }

        private func expectNothingLeft(_ source: String, in home: TrackingHome, artifacts: String? = nil) async throws {
            let again = try await bring(source, into: home, artifacts: artifacts)
            for (subject, counts) in again["counts"]?.object ?? [:] { #expect(counts["brought"] == 0, "\(subject)") }
        }
    }
}

extension TrackingHome {
    /// What a script prints as JSON, or nothing.
    fileprivate func output(of script: String, _ words: [String], with python: PythonEnvironment) async throws -> JSONValue {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scripts/\(script)").path
        let result = try await Command(try python.path(), [file] + words).run()
        try #require(result.status == 0, "\(result.errors.suffix(4_000))")
        return result.output.isEmpty ? [:] : try JSONValue(parsing: result.output, as: "the output of \(script)")
    }

    /// The folder of a store that a server of MLflow's made, with what it showed.
    func unpacked(_ version: String) async throws -> String {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Stores/mlflow-\(version).tar.gz").path
        let result = try await Command("/usr/bin/env", ["tar", "-xzf", file, "-C", folder]).run()
        try #require(result.status == 0, "\(result.errors)")
        return "\(folder)/store"
    }

    /// Expects that a reader of MLflow's saw the same, thing by thing.
    static func compare(_ found: JSONValue, with expected: JSONValue) throws {
        for (area, members) in try #require(expected.object).sorted(by: { $0.key < $1.key }) {
            let keys = Set(members.object?.keys.map(\.self) ?? []).union(found[area]?.object?.keys.map(\.self) ?? [])
            for key in keys.sorted() {
                let aspects = members[key]?.object ?? [:]
                #expect(found[area]?[key]?.object?.count == aspects.count, "\(area): \(key)")
                for (aspect, value) in aspects { #expect(found[area]?[key]?[aspect] == value, "\(area): \(key): \(aspect)") }
            }
        }
    }
}
