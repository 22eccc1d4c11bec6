import MartletStore

/// The tables of logged models, beside those of tracking. A migration that was released is never edited.
enum LoggedModelSchema {
    static let subject = "logged models"

    static let migrations = [
        SQLMigration(1) { dialect in
            let types = TrackingSchema.Types(dialect)
            return models(types) + texts(types) + metrics(types)
        },
        // What a model had is removed after the model, a part at a time.
        SQLMigration(2) { dialect in
            switch dialect {
            case .postgresql: parts.map { "ALTER TABLE logged_model_\($0) DROP CONSTRAINT logged_model_\($0)_model_fkey" }
            case .sqlite: detachedParts(TrackingSchema.Types(dialect))
            }
        },
    ]

    /// What a model has, in tables of their own.
    private static let parts = ["parameters", "tags", "metrics"]
    private static let modelReference = " REFERENCES logged_models (number)"

    /// SQLite takes a reference away by making the table anew.
    private static func detachedParts(_ types: TrackingSchema.Types) -> [String] {
        let tables = texts(types, prefix: "detached_model_", reference: "") + metrics(types, prefix: "detached_model_", reference: "")
        return tables
            + parts.flatMap { part in
                [
                    "INSERT INTO detached_model_\(part) SELECT * FROM logged_model_\(part)", "DROP TABLE logged_model_\(part)",
                    "ALTER TABLE detached_model_\(part) RENAME TO logged_model_\(part)",
                ]
            }
    }

    private static func models(_ types: TrackingSchema.Types) -> [String] {
        [
            """
            CREATE TABLE logged_models (
                number \(types.number), id \(types.text) NOT NULL UNIQUE,
                experiment \(types.integer) NOT NULL REFERENCES tracked_experiments (id), name \(types.text) NOT NULL,
                artifact_uri \(types.text) NOT NULL, created_at \(types.integer) NOT NULL, updated_at \(types.integer) NOT NULL,
                status \(types.integer) NOT NULL, stage \(types.integer) NOT NULL, type \(types.text) NOT NULL,
                source_run \(types.text) NOT NULL
            ) \(types.table)
            """,
            "CREATE INDEX logged_models_by_creation ON logged_models (experiment, stage, created_at DESC, id)",
        ]
    }

    private static func texts(
        _ types: TrackingSchema.Types, prefix: String = "logged_model_", reference: String = modelReference
    ) -> [String] {
        ["parameters", "tags"].map { table in
            """
            CREATE TABLE \(prefix)\(table) (
                model \(types.integer) NOT NULL\(reference), key \(types.text) NOT NULL,
                value \(types.text) NOT NULL, PRIMARY KEY (model, key)
            ) \(types.clustered)
            """
        }
    }

    /// Runs are named, since a run may be deleted for good while its model stays.
    private static func metrics(
        _ types: TrackingSchema.Types, prefix: String = "logged_model_", reference: String = modelReference
    ) -> [String] {
        [
            """
            CREATE TABLE \(prefix)metrics (
                model \(types.integer) NOT NULL\(reference), key \(types.text) NOT NULL,
                at \(types.integer) NOT NULL, step \(types.integer) NOT NULL, run \(types.text) NOT NULL, value \(types.real) NOT NULL,
                dataset_name \(types.text), dataset_digest \(types.text), PRIMARY KEY (model, key, at, step, run)
            ) \(types.clustered)
            """
        ]
    }
}
