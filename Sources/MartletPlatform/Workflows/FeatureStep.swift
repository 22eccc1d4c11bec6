import Foundation
import MartletCore
import MartletEngines
import MartletFeatures
import MartletPipeline
import MartletStore

extension ProjectPipeline {
    /// Joins a view's history to its rows, and stores the history for requests.
    func featureStep(_ view: FeatureView, environment: JSONValue) -> Step {
        Step(
            name: Self.stepName("features", view.name), code: "features@1",
            inputs: ["snapshot": .output(step: Self.stepName("dataset", view.source), name: "snapshot")],
            parameters: view.definition, environment: environment
        ) { context in
            let connection = try connect()
            let snapshot = platform.blobs.path(of: try context.input("snapshot"))
            try connection.execute(
                "CREATE VIEW \(DuckDBConnection.quoted(identifier: view.source)) AS "
                    + "SELECT * FROM read_parquet(\(DuckDBConnection.quoted(literal: snapshot)))"
            )
            context.report(0.1, "selects the rows")
            let tables = try FeatureTables(view: view, connection: connection)
            context.report(0.5, "joins what was known")
            let path = temporaryPath("parquet")
            try tables.copyJoinedRows(to: path)
            let rows = try platform.blobs.put(moving: path)
            context.report(0.8, "stores the history for requests")
            let history = try tables.history()
            let online = try OnlineTable.encode(
                history: history, entity: view.entity, features: view.history.map(\.name)
            )
            return StepResult(
                outputs: [
                    "rows": rows,
                    "online": try platform.blobs.put(online),
                    "time": try platform.put(.string(tables.timeKind.rawValue)),
                ],
                summary: [
                    "rows": .integer(Int64(history.rowCount)),
                    "history": .integer(Int64(view.history.count)),
                    "formulas": .integer(Int64(view.formulas.count)),
                ]
            )
        }
    }
}
