import Foundation
package import MartletCore

/// A home of Airflow's with a file of DAGs, without examples and without anything that asks the network.
package struct AirflowHome {
    package let folder: TemporaryFolder

    /// - Parameter text: the file.
    package init(_ text: String) throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: "\(folder.path)/dags", withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: "\(folder.path)/dags/project.py"))
    }

    /// Runs one of Airflow's programs, or Python.
    package func run(_ program: String, _ arguments: [String]) async throws -> ProcessResult {
        let folder = URL(filePath: try PythonEnvironment.airflow.path()).deletingLastPathComponent().path
        return try await Command(
            "\(folder)/\(program)", arguments,
            environment: [
                "AIRFLOW_HOME": self.folder.path, "AIRFLOW__CORE__DAGS_FOLDER": "\(self.folder.path)/dags",
                "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False", "PYTHONPATH": "",
                "PATH": "\(folder):/usr/bin:/bin",
            ]
        ).run()
    }

    /// What a program of Python's writes as its last line, as JSON.
    package func ask(_ program: String) async throws -> JSONValue {
        let result = try await run("python", ["-c", program])
        guard result.status == 0, let line = result.output.split(separator: "\n").last else {
            throw MartletError(.engine, "Python ended with \(result.status): \(result.errors.suffix(3_000))")
        }
        return try JSONValue(parsing: String(line), as: "what Python says")
    }

    /// What became of each task of the DAG that was tried last, by its name and, of a mapped one, its place.
    package func states() async throws -> [String: String] {
        let states = try await ask(
            """
            import json, os, sqlite3
            records = sqlite3.connect(os.environ["AIRFLOW_HOME"] + "/airflow.db")
            rows = records.execute("SELECT task_id, map_index, state FROM task_instance")
            print(json.dumps({f"{task} {index}" if index >= 0 else task: state for task, index, state in rows}))
            """)
        return states.object?.compactMapValues(\.string) ?? [:]
    }
}
