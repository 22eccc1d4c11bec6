package import MartletCore
import MartletStore

extension PipelineStore {
    /// Keeps executions of other records, older ones first, that are not here yet.
    package func take(_ executions: [StepExecution]) async throws {
        try await database.write { connection in
            for execution in executions {
                let isHere = try connection.exists(
                    "SELECT 1 FROM pipeline_executions WHERE step = ? AND partition = ? AND key = ?",
                    [.text(execution.id.step), .text(execution.id.partition.stored), .text(execution.key.description)])
                if !isHere { try connection.insert(execution) }
            }
        }
    }

    /// All digests that any record mentions, whatever for.
    package func mentionedDigests() async throws -> Set<Digest> {
        try await database.read { connection in
            var found: Set<Digest> = []
            for (table, columns) in [
                ("pipeline_runs", ["sources", "manifest"]), ("pipeline_executions", ["key_parts", "outputs", "summary"]),
            ] {
                for column in columns {
                    try connection.query("SELECT \(column) FROM \(table) WHERE \(column) IS NOT NULL", []) { row in
                        found.formUnion(Digest.mentioned(in: row.text(0).utf8))
                    }
                }
            }
            return found
        }
    }
}
