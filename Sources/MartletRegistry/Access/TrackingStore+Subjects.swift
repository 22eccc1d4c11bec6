import MartletStore

extension TrackingStore {
    /// The experiments of runs, also of deleted ones; a run that does not exist has none. - Complexity: an index lookup a run.
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
    private func experiments(of ids: [String], in table: String) async throws -> [Int64] {
        try await read { session in
            try ids.compactMap { id in
                try session.connection.first("SELECT experiment FROM \(table) WHERE id = ?", [.text(id)]) { $0.integer(0) }
            }
        }
    }

    /// The experiment of a name, also a deleted one; `nil` where there is none.
    package func experimentID(named name: String) async throws -> Int64? {
        try await read { session in
            try session.connection.first("SELECT id FROM tracked_experiments WHERE name = ?", [.text(name)]) { $0.integer(0) }
        }
    }
}
