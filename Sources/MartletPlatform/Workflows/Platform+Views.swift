import MartletCore
package import MartletEngines
import MartletMonitor
import MartletStore

extension Platform {
    /// Makes every dataset's newest snapshot, its quarantine, and every endpoint's log views of the connection.
    package func makeViews(_ connection: DuckDBConnection) throws {
        for name in project.datasets.keys.sorted() {
            guard let execution = try records.lastExecution(step: ProjectPipeline.stepName("dataset", name)) else { continue }
            for (output, view) in [("snapshot", name), ("quarantine", "\(name)_quarantine")] {
                guard let digest = execution.outputs[output] else { continue }
                try connection.execute(
                    "CREATE VIEW \(DuckDBConnection.quoted(identifier: view)) AS SELECT * FROM "
                        + "read_parquet(\(DuckDBConnection.quoted(literal: blobs.path(of: digest))))"
                )
            }
        }
        for endpoint in project.endpoints.keys.sorted() {
            for folder in LogFolder.allCases {
                try archive(endpoint, folder).makeView("\(endpoint)_\(folder.rawValue)", connection)
            }
        }
    }
}
