import MartletStore

/// The table of what was brought from where. A migration that was released is never edited.
enum ImportSchema {
    static let subject = "imports"

    /// `origin` is where the artifacts were, and `target` where they are now; of an experiment, `target` is its identifier here.
    /// A mark that is not done is of a run whose points are still to come, or whose artifacts were not found. `experiment` is the one here
    /// that a run, logged model or trace belongs to, and so do its artifacts: its marks go with that one.
    static let migrations = [
        SQLMigration(1) { dialect in
            let types = TrackingSchema.Types(dialect)
            return [
                """
                CREATE TABLE imports (
                    source \(types.text) NOT NULL, kind \(types.text) NOT NULL, key \(types.text) NOT NULL,
                    origin \(types.text) NOT NULL, target \(types.text) NOT NULL, is_done \(types.integer) NOT NULL,
                    PRIMARY KEY (source, kind, key)
                ) \(types.clustered)
                """
            ]
        },
        SQLMigration(2) { dialect in
            let owners = ["tracked_runs", "logged_models", "traces"].map { "(SELECT experiment FROM \($0) WHERE id = imports.key)" }
            return [
                "ALTER TABLE imports ADD COLUMN experiment \(TrackingSchema.Types(dialect).integer)",
                """
                UPDATE imports SET experiment = COALESCE(\(owners.joined(separator: ", ")))
                WHERE kind IN ('runs', 'logged models', 'traces', 'artifacts')
                """,
                "CREATE INDEX imports_by_experiment ON imports (experiment)",
            ]
        },
    ]
}

/// What is known of something that was brought.
struct ImportMark: Equatable {
    var origin = ""
    var target = ""
    var isDone = true
    var experiment: Int64?
}

/// The marks of one source within a read or write.
struct ImportMarks {
    let connection: any SQLConnection
    let source: String

    func mark(_ kind: String, _ key: String) throws -> ImportMark? {
        try connection.first(
            "SELECT origin, target, is_done, experiment FROM imports WHERE source = ? AND kind = ? AND key = ?",
            [.text(source), .text(kind), .text(key)]
        ) { ImportMark(origin: $0.text(0), target: $0.text(1), isDone: $0.flag(2), experiment: $0.optionalInteger(3)) }
    }

    func set(_ mark: ImportMark, _ kind: String, _ key: String) throws {
        try connection.executeLater(
            """
            INSERT INTO imports (source, kind, key, origin, target, is_done, experiment) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (source, kind, key) DO UPDATE SET
                origin = excluded.origin, target = excluded.target, is_done = excluded.is_done, experiment = excluded.experiment
            """,
            [
                .text(source), .text(kind), .text(key), .text(mark.origin), .text(mark.target), .flag(mark.isDone),
                .optional(mark.experiment),
            ])
    }
}
