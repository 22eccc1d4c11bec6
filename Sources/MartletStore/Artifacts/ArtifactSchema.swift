/// The table of artifacts. A migration that was released is never edited; the next change is a new one below it.
enum ArtifactSchema {
    static let subject = "artifacts"

    static let migrations = [
        SQLMigration(1) { dialect in
            let isSQLite = dialect == .sqlite
            let (integer, text) = isSQLite ? ("INTEGER", "TEXT") : ("BIGINT", "TEXT COLLATE \"C\"")
            return [
                // Folders have no rows: each is there as the folder of a file, or as the beginning of one. The root is empty.
                """
                CREATE TABLE artifact_files (
                    folder \(text) NOT NULL, name \(text) NOT NULL, digest \(text) NOT NULL, size_bytes \(integer) NOT NULL,
                    modified_at \(integer) NOT NULL, PRIMARY KEY (folder, name)
                ) \(isSQLite ? "STRICT, WITHOUT ROWID" : "")
                """,
                "CREATE INDEX artifact_files_of_digest ON artifact_files (digest)",
            ]
        }
    ]
}
