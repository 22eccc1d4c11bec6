import MartletCore

/// One step of a schema's history: forward only, and never edited once it was released.
package struct SQLMigration: Sendable {
    /// From 1 on, without gaps.
    package let number: Int64
    /// The statements of a dialect, one each.
    package let statements: @Sendable (SQLDialect) -> [String]
    private let isMade: @Sendable (any SQLConnection) throws -> Bool

    /// Makes one.
    /// - Parameter isMade: whether a database has what it makes, although that is not written down.
    package init(
        _ number: Int64, unless isMade: @escaping @Sendable (any SQLConnection) throws -> Bool = { _ in false },
        _ statements: @escaping @Sendable (SQLDialect) -> [String]
    ) {
        self.number = number
        self.isMade = isMade
        self.statements = statements
    }

    /// Brings a schema up to date, all steps or none. Which steps were made is kept in `martlet_migrations`.
    /// - Parameter subject: whose tables these are; several may live in one database, each with its own numbers.
    /// - Throws: `invalidInput` where the database has steps that are not known here.
    package static func migrate(_ subject: String, by migrations: [SQLMigration], in database: any SQLDatabase) async throws {
        try await database.write { connection in
            try connection.execute(
                """
                CREATE TABLE IF NOT EXISTS martlet_migrations (
                    subject TEXT NOT NULL, number BIGINT NOT NULL, PRIMARY KEY (subject, number)
                )
                """)
            let sql = "SELECT COALESCE(MAX(number), 0) FROM martlet_migrations WHERE subject = ?"
            let done = try connection.first(sql, [.text(subject)]) { $0.integer(0) } ?? 0
            let known = migrations.last?.number ?? 0
            guard done <= known else {
                throw MartletError(
                    .invalidInput,
                    "the \(subject) tables have schema \(done), this martlet knows \(known); use the newer martlet that wrote them")
            }
            for migration in migrations where migration.number > done {
                if try !migration.isMade(connection) {
                    for statement in migration.statements(connection.dialect) { try connection.execute(statement) }
                }
                try connection.execute(
                    "INSERT INTO martlet_migrations (subject, number) VALUES (?, ?)", [.text(subject), .integer(migration.number)])
            }
        }
    }
}

extension SQLConnection {
    /// Whether a table has a column.
    package func hasColumn(_ column: String, of table: String) throws -> Bool {
        let sql =
            switch dialect {
            case .sqlite: "SELECT 1 FROM pragma_table_info(?) WHERE name = ?"
            case .postgresql: "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass(?) AND attname = ? AND NOT attisdropped"
            }
        return try exists(sql, [.text(table), .text(column)])
    }
}
