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
                ("pipeline_runs", ["cause", "sources", "manifest"]), ("pipeline_executions", ["key_parts", "outputs", "summary"]),
                ("pipeline_schedules", ["state"]),
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

    /// The outputs of all executions, the newest first.
    package func allOutputs() async throws -> [(id: StepID, outputs: Set<Digest>)] {
        try await database.read { connection in
            try connection.all("SELECT step, partition, outputs FROM pipeline_executions ORDER BY number DESC") { row in
                let outputs = try Stored.json(row.text(2), "outputs").object ?? [:]
                return (
                    StepID(row.text(0), try StepPartition(stored: row.text(1))),
                    Set(try outputs.values.map { try Stored.digest($0.string ?? "") })
                )
            }
        }
    }

    /// What executions read under some names of inputs, by step, the newest first.
    package func inputs(_ names: [String: Set<String>]) async throws -> [(id: StepID, inputs: Set<Digest>)] {
        guard !names.isEmpty else { return [] }
        let rows = try await database.read { connection in
            try connection.all("SELECT step, partition, key_parts FROM pipeline_executions ORDER BY number DESC") { row in
                guard let names = names[row.text(0)] else { return (id: StepID, inputs: Set<Digest>)?.none }
                let parts = try Stored.json(row.text(2), "key_parts")["inputs"]
                return (
                    StepID(row.text(0), try StepPartition(stored: row.text(1))),
                    Set(names.compactMap { parts?[$0]?.string.flatMap(Digest.init) })
                )
            }
        }
        return rows.compactMap(\.self)
    }

    /// What is kept of all runs, the newest first: the files that each was made from, and what became of its steps.
    package func allRunContents() async throws -> [(run: String, sources: Digest?, manifest: Digest?)] {
        try await database.read { connection in
            try connection.all("SELECT id, sources, manifest FROM pipeline_runs ORDER BY number DESC") { row in
                (row.text(0), try row.optionalText(1).map(Stored.digest), try row.optionalText(2).map(Stored.digest))
            }
        }
    }
}
