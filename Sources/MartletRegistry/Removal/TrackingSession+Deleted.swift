import MartletStore

/// Finding what was deleted before a time.
extension TrackingSession {
    /// Where an old store did not write down when a run was deleted, that was long ago.
    static let isDeletedRun = "stage = 1 AND COALESCE(deleted_at, 0) < ?"
    static let isDeletedExperiment = "stage = 1 AND updated_at < ? AND id <> 0"
    /// A logged model goes with its experiment, too, unless an evaluation dataset keeps that.
    static let isDeletedModel = """
        updated_at < ? AND (stage = 1 OR experiment IN (
            SELECT id FROM tracked_experiments WHERE \(isDeletedExperiment) AND NOT EXISTS (
                SELECT 1 FROM evaluation_dataset_experiments AS h WHERE h.experiment = CAST(tracked_experiments.id AS TEXT))))
        """

    func deletedRuns(before limit: Int64, after last: Int64, count: Int) throws -> [DeletedRecord] {
        try records(
            .run, "SELECT number, id, name, COALESCE(deleted_at, 0), artifact_uri FROM tracked_runs WHERE \(Self.isDeletedRun)",
            [.integer(limit)], by: "number", after: last, count)
    }

    func deletedLoggedModels(before limit: Int64, after last: Int64, count: Int) throws -> [DeletedRecord] {
        try records(
            .loggedModel, "SELECT number, id, name, updated_at, artifact_uri FROM logged_models WHERE \(Self.isDeletedModel)",
            [.integer(limit), .integer(limit)], by: "number", after: last, count)
    }

    /// All but the experiment 0, which is always there.
    func deletedExperiments(before limit: Int64, after last: Int64, count: Int) throws -> [DeletedRecord] {
        try records(
            .experiment,
            """
            SELECT id, CAST(id AS TEXT) AS key, name, updated_at, artifact_location
            FROM tracked_experiments WHERE \(Self.isDeletedExperiment)
            """,
            [.integer(limit)], by: "id", after: last, count)
    }

    private func records(
        _ kind: DeletedRecord.Kind, _ sql: String, _ values: [SQLValue], by column: String, after last: Int64, _ count: Int
    ) throws -> [DeletedRecord] {
        try connection.all(
            "\(sql) AND \(column) > ? ORDER BY \(column) LIMIT ?", values + [.integer(last), .integer(Int64(count))]
        ) { row in
            DeletedRecord(
                kind: kind, id: row.text(1), name: row.text(2), deletedAt: row.integer(3), artifacts: row.text(4), number: row.integer(0))
        }
    }

    /// Why an experiment is not empty. - Parameter gone: runs and logged models that do not count.
    func content(of experiment: DeletedRecord, without gone: Set<String> = []) throws -> String? {
        // Without the experiment that hides it, an evaluation dataset would be seen, and perhaps changed, by everybody.
        let sql = """
            SELECT d.id FROM evaluation_dataset_experiments AS h JOIN evaluation_datasets AS d ON d.number = h.dataset
            WHERE h.experiment = ? ORDER BY d.number LIMIT 1
            """
        if let dataset = try connection.first(sql, [.text(experiment.id)], { $0.text(0) }) {
            return "the evaluation dataset \(dataset) belongs to it"
        }
        for (table, kind) in [("tracked_runs", DeletedRecord.Kind.run), ("logged_models", .loggedModel)] {
            let ids = try connection.all("SELECT id FROM \(table) WHERE experiment = ?", [.integer(experiment.number)]) { $0.text(0) }
            if let id = ids.first(where: { !gone.contains($0) }) { return "the \(kind) \(id) is in it and stays" }
        }
        return nil
    }
}
