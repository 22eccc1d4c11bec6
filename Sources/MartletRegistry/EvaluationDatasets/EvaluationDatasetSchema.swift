import MartletStore

/// The tables of evaluation datasets. A migration that was released is never edited.
enum EvaluationDatasetSchema {
    static let subject = "evaluation datasets"

    static let migrations = [
        SQLMigration(1) { dialect in
            let types = TrackingSchema.Types(dialect)
            return datasets(types) + records(types)
        }
    ]

    /// An experiment of a new dataset need not exist.
    private static func datasets(_ types: TrackingSchema.Types) -> [String] {
        [
            """
            CREATE TABLE evaluation_datasets (
                number \(types.number), id \(types.text) NOT NULL UNIQUE, name \(types.text) NOT NULL, digest \(types.text) NOT NULL,
                created_at \(types.integer) NOT NULL, updated_at \(types.integer) NOT NULL, created_by \(types.text),
                updated_by \(types.text), schema \(types.text), profile \(types.text)
            ) \(types.table)
            """,
            "CREATE INDEX evaluation_datasets_by_creation ON evaluation_datasets (created_at, id)",
            """
            CREATE TABLE evaluation_dataset_tags (
                dataset \(types.integer) NOT NULL REFERENCES evaluation_datasets (number) ON DELETE CASCADE, key \(types.text) NOT NULL,
                value \(types.text) NOT NULL, PRIMARY KEY (dataset, key)
            ) \(types.clustered)
            """,
            """
            CREATE TABLE evaluation_dataset_experiments (
                number \(types.number), dataset \(types.integer) NOT NULL REFERENCES evaluation_datasets (number) ON DELETE CASCADE,
                experiment \(types.text) NOT NULL, UNIQUE (dataset, experiment)
            ) \(types.table)
            """,
            "CREATE INDEX evaluation_dataset_experiments_by_experiment ON evaluation_dataset_experiments (experiment, dataset)",
        ]
    }

    private static func records(_ types: TrackingSchema.Types) -> [String] {
        [
            """
            CREATE TABLE evaluation_records (
                number \(types.number), id \(types.text) NOT NULL UNIQUE,
                dataset \(types.integer) NOT NULL REFERENCES evaluation_datasets (number) ON DELETE CASCADE,
                input_digest \(types.text) NOT NULL, inputs \(types.text) NOT NULL, outputs \(types.text), expectations \(types.text),
                tags \(types.text) NOT NULL, source \(types.text), created_at \(types.integer) NOT NULL,
                updated_at \(types.integer) NOT NULL, created_by \(types.text), updated_by \(types.text), UNIQUE (dataset, input_digest)
            ) \(types.table)
            """,
            "CREATE INDEX evaluation_records_by_creation ON evaluation_records (dataset, created_at, id)",
        ]
    }
}
