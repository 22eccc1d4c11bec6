package import MartletCore
import MartletStore

/// Records of old runs that go.
extension PipelineStore {
    /// So many runs go in one write.
    private static let runsAtOnce = 500

    /// What of a project's runs goes. Removes nothing.
    /// - Parameters:
    ///   - needed: contents that releases and artifacts need.
    ///   - manifest: reads what became of a run's steps.
    package func removal(
        _ retention: RunRetention, of project: String, needed: Set<Digest>, manifest: (Digest) throws -> RunManifest
    ) async throws -> RunRemoval {
        let (runs, manifests) = try await retained(of: project)
        var (used, unlisted): ([StepID: Set<Digest>], Set<String>) = ([:], [])
        for run in retention.ownRight(runs) {
            guard let digest = manifests[run.id] else {
                unlisted.insert(run.id)
                continue
            }
            for (id, entry) in try manifest(digest).entries { used[id, default: []].insert(entry.key) }
        }
        let leaving = retention.leaving(
            runs, try await allExecutions(), used: used, unlisted: unlisted, needed: needed, restedOn: try await restedOn())
        return RunRemoval(
            runs: leaving, attemptCount: try await count("pipeline_attempts", of: leaving),
            executionCount: try await count("pipeline_executions", of: leaving))
    }

    /// Removes it. Hold the lock of runs from before it was planned. - Throws: `storage`.
    package func remove(_ removal: RunRemoval) async throws {
        for runs in Self.pieces(removal.runs) {
            try await database.write { connection in
                for table in ["pipeline_attempts", "pipeline_savings", "pipeline_executions"] {
                    try connection.execute("DELETE FROM \(table) WHERE run IN (\(Self.places(runs)))", runs.map(SQLValue.text))
                }
                try connection.execute("DELETE FROM pipeline_runs WHERE id IN (\(Self.places(runs)))", runs.map(SQLValue.text))
            }
        }
    }

    private static func pieces(_ runs: [String]) -> [[String]] {
        stride(from: 0, to: runs.count, by: runsAtOnce).map { Array(runs[$0..<min($0 + runsAtOnce, runs.count)]) }
    }

    private static func places(_ runs: [String]) -> String { runs.map { _ in "?" }.joined(separator: ", ") }

    private func retained(of project: String) async throws -> (runs: [RunRetention.Run], manifests: [String: Digest]) {
        try await database.read { connection in
            var manifests: [String: Digest] = [:]
            let runs = try connection.all(
                "SELECT id, state, started_at, manifest FROM pipeline_runs WHERE project = ? ORDER BY number DESC", [.text(project)]
            ) { row in
                manifests[row.text(0)] = try row.optionalText(3).map(Stored.digest)
                return RunRetention.Run(
                    id: row.text(0), state: RunRecord.State(rawValue: row.text(1)) ?? .lost, startedAt: Stored.time(row, 2))
            }
            return (runs, manifests)
        }
    }

    private func allExecutions() async throws -> [RunRetention.Execution] {
        try await database.read { connection in
            try connection.all("SELECT step, partition, key, outputs, key_parts, run FROM pipeline_executions ORDER BY number DESC") {
                row in
                let outputs = try Stored.json(row.text(3), "outputs").object ?? [:]
                let inputs = try Stored.json(row.text(4), "the parts of a key")["inputs"] ?? .null
                return RunRetention.Execution(
                    id: StepID(row.text(0), try StepPartition(stored: row.text(1))), key: try Stored.digest(row.text(2)),
                    outputs: Set(try outputs.values.map { try Stored.digest($0.string ?? "") }), inputs: Set(Self.digests(in: inputs)),
                    run: row.optionalText(5))
            }
        }
    }

    /// Those of an input, or of its parts by instance.
    private static func digests(in value: JSONValue) -> [Digest] {
        value.object?.values.flatMap(digests) ?? value.string.flatMap(Digest.init).map { [$0] } ?? []
    }

    /// Runs with dead letters, or with attempts at once-only steps: what these did is known from there alone.
    private func restedOn() async throws -> Set<String> {
        try await database.read { connection in
            Set(
                try connection.all(
                    """
                    SELECT run FROM pipeline_dead_letters UNION SELECT run FROM pipeline_attempts WHERE once_only <> 0
                    """
                ) { $0.text(0) })
        }
    }

    private func count(_ table: String, of runs: [String]) async throws -> Int {
        var count = 0
        for piece in Self.pieces(runs) {
            count += try await database.read { connection in
                try connection.first(
                    "SELECT COUNT(*) FROM \(table) WHERE run IN (\(Self.places(piece)))", piece.map(SQLValue.text)
                ) { Int($0.integer(0)) } ?? 0
            }
        }
        return count
    }
}
