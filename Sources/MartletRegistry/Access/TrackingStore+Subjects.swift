import MartletStore

/// Whose experiments things are.
extension TrackingStore {
    /// The most runs, traces or logged models that one request names.
    package static let subjectCountMax = 10_000
    private static let statementIDCountMax = 512

    /// The experiments of runs, also of deleted ones, each once; a run that does not exist has none. - Complexity: an index lookup a run.
    package func experiments(ofRuns runs: [String]) async throws -> [Int64] { try await experiments(of: runs, in: "tracked_runs") }

    /// The experiments of traces.
    package func experiments(ofTraces traces: [String]) async throws -> [Int64] { try await experiments(of: traces, in: "traces") }

    /// The experiments of logged models.
    package func experiments(ofLoggedModels models: [String]) async throws -> [Int64] {
        try await experiments(of: models, in: "logged_models")
    }

    /// The experiments that an evaluation dataset belongs to.
    package func experiments(ofDataset id: String) async throws -> [Int64] {
        try await read { session in
            let sql = """
                SELECT e.experiment FROM evaluation_dataset_experiments AS e JOIN evaluation_datasets AS d ON d.number = e.dataset
                WHERE d.id = ?
                """
            return try session.connection.all(sql, [.text(id)]) { $0.text(0) }.compactMap(PythonText.integer)
        }
    }

    /// - Parameter table: a word of the program.
    /// - Throws: `TrackingFault` for more than `subjectCountMax`.
    private func experiments(of ids: [String], in table: String) async throws -> [Int64] {
        // By bytes: to `==` of texts, letters are equal that have other code points.
        var seen: Set<[UInt8]> = []
        let ids = ids.filter { !$0.isEmpty && seen.insert(Array($0.utf8)).inserted }
        guard ids.count <= Self.subjectCountMax else {
            throw TrackingFault(
                .invalidParameterValue, "A request names at most \(Self.subjectCountMax) things, found \(ids.count); split it.")
        }
        guard !ids.isEmpty else { return [] }
        return try await read { session in
            var experiments: Set<Int64> = []
            for start in stride(from: 0, to: ids.count, by: Self.statementIDCountMax) {
                let part = ids[start..<min(start + Self.statementIDCountMax, ids.count)]
                try session.connection.query(
                    once: "SELECT DISTINCT experiment FROM \(table) WHERE id IN (\(NumberList.placeholders(part.count)))",
                    part.map(SQLValue.text)
                ) { experiments.insert($0.integer(0)) }
            }
            return experiments.sorted()
        }
    }

    /// The experiment of a name, also a deleted one; `nil` where there is none.
    package func experimentID(named name: String) async throws -> Int64? {
        try await read { session in
            try session.connection.first("SELECT id FROM tracked_experiments WHERE name = ?", [.text(name)]) { $0.integer(0) }
        }
    }

    /// Whether there is an experiment, also a deleted one.
    package func hasExperiment(_ id: Int64) async throws -> Bool {
        try await read { try $0.connection.exists("SELECT 1 FROM tracked_experiments WHERE id = ?", [.integer(id)]) }
    }

    /// Experiments whose artifacts a server like this one has, in another place than where those of a new experiment are.
    package func placedExperiments() async throws -> [(id: Int64, location: String)] {
        try await read { [options] session in
            let sql = """
                SELECT id, artifact_location FROM tracked_experiments
                WHERE artifact_location <> ? || CAST(id AS TEXT) AND (lower(artifact_location) LIKE 'mlflow-artifacts:%'
                    OR lower(artifact_location) LIKE 'http:%' OR lower(artifact_location) LIKE 'https:%')
                """
            return try session.connection.all(sql, [.text(options.artifactRoot)]) { (id: $0.integer(0), location: $0.text(1)) }
        }
    }
}
