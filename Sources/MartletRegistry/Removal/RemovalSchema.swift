import MartletStore

/// The table of what is still to be removed of records that are gone. A migration that was released is never edited.
enum RemovalSchema {
    static let subject = "removal"

    /// `record` is the number of a run, `model` that of a logged model, and both 0 of other records; `artifacts` the folder of the names,
    /// and empty where there is none.
    static let migrations = [
        SQLMigration(1) { dialect in
            let types = TrackingSchema.Types(dialect)
            return [
                """
                CREATE TABLE removal_remains (
                    number \(types.number), record \(types.integer) NOT NULL, artifacts \(types.text) NOT NULL
                ) \(types.table)
                """
            ]
        },
        SQLMigration(2) { dialect in
            ["ALTER TABLE removal_remains ADD COLUMN model \(TrackingSchema.Types(dialect).integer) NOT NULL DEFAULT 0"]
        },
    ]
}
