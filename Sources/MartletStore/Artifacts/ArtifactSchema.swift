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
        },
        // What the home that has the content holds too, once.
        SQLMigration(2) { dialect in
            let types = dialect == .sqlite ? ("INTEGER", "TEXT", "STRICT") : ("BIGINT", "TEXT COLLATE \"C\"", "")
            return ["CREATE TABLE artifact_home (number \(types.0) PRIMARY KEY CHECK (number = 1), id \(types.1) NOT NULL) \(types.2)"]
        },
        SQLMigration(3) { dialect in
            let isSQLite = dialect == .sqlite
            let (integer, end) = isSQLite ? ("INTEGER", "STRICT") : ("BIGINT", "")
            return [
                // At most one row: where the content is.
                "CREATE TABLE artifact_place (id \(integer) NOT NULL PRIMARY KEY, address TEXT NOT NULL, owner TEXT NOT NULL) \(end)",
                // Content that a collector removes or has removed.
                """
                CREATE TABLE artifact_removals (
                    digest TEXT NOT NULL PRIMARY KEY, token TEXT NOT NULL, began_at \(integer) NOT NULL, is_over \(integer) NOT NULL
                ) \(end)
                """,
            ]
        },
    ]
}
