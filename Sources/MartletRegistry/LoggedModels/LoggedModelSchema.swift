import MartletStore

/// The tables of logged models, beside those of tracking. A migration that was released is never edited.
enum LoggedModelSchema {
    static let subject = "logged models"

    static let migrations = [
        SQLMigration(1) { dialect in
            let types = TrackingSchema.Types(dialect)
            return models(types) + texts(types) + metrics(types)
        }
    ]

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

    private static func texts(_ types: TrackingSchema.Types) -> [String] {
        ["parameters", "tags"].map { table in
            """
            CREATE TABLE logged_model_\(table) (
                model \(types.integer) NOT NULL REFERENCES logged_models (number), key \(types.text) NOT NULL,
                value \(types.text) NOT NULL, PRIMARY KEY (model, key)
            ) \(types.clustered)
            """
        }
    }

    /// Runs are named, since a run may be deleted for good while its model stays.
    private static func metrics(_ types: TrackingSchema.Types) -> [String] {
        [
            """
            CREATE TABLE logged_model_metrics (
                model \(types.integer) NOT NULL REFERENCES logged_models (number), key \(types.text) NOT NULL,
                at \(types.integer) NOT NULL, step \(types.integer) NOT NULL, run \(types.text) NOT NULL, value \(types.real) NOT NULL,
                dataset_name \(types.text), dataset_digest \(types.text), PRIMARY KEY (model, key, at, step, run)
            ) \(types.clustered)
            """
        ]
    }
}
