import MartletCore
package import MartletStore

/// Jobs in the database of records, for machines that share no folder.
package struct JobRecords: JobPlace {
    private static let subject = "jobs of pipelines"

    private static let migrations = [
        SQLMigration(1) { dialect in
            let isSQLite = dialect == .sqlite
            let (text, integer) = isSQLite ? ("TEXT", "INTEGER") : ("TEXT COLLATE \"C\"", "BIGINT")
            return [
                """
                CREATE TABLE pipeline_jobs (
                    name \(text) NOT NULL PRIMARY KEY, work \(text) NOT NULL, begun \(integer) NOT NULL DEFAULT 0, result \(text)
                ) \(isSQLite ? "STRICT" : "")
                """
            ]
        }
    ]

    private let database: any SQLDatabase

    /// Brings the table up to date. - Throws: `invalidInput` for that of a newer martlet, `storage`.
    package init(_ database: any SQLDatabase) async throws {
        self.database = database
        try await SQLMigration.migrate(Self.subject, by: Self.migrations, in: database)
    }

    package func job(_ name: String) -> any AttemptJob { JobRecord(name: name, database: database) }

    package func jobs(beginning: String) async throws -> [any AttemptJob] {
        // All names are ASCII: behind the last that begins so comes what ends with the highest character.
        let range: [SQLValue] = [.text(beginning), .text(beginning + "\u{7f}")]
        return try await database.read { connection in
            try connection.all("SELECT name FROM pipeline_jobs WHERE name >= ? AND name < ? ORDER BY name", range) { $0.text(0) }
        }.map(job)
    }
}

/// A row. The right to begin is a flag that is raised once.
private struct JobRecord: AttemptJob {
    let name: String
    let database: any SQLDatabase

    func prepare(_ order: StepOrder) async throws {
        let values: [SQLValue] = [.text(name), .text(order.json.canonicalText)]
        try await database.write { try $0.execute("INSERT INTO pipeline_jobs (name, work) VALUES (?, ?)", values) }
    }

    func order() async throws -> StepOrder? {
        try await text("work").map { try StepOrder(json: JSONValue(parsing: $0, as: "the order of job '\(name)'")) }
    }

    func claim() async throws -> Bool {
        let name = SQLValue.text(name)
        return try await database.write { try $0.execute("UPDATE pipeline_jobs SET begun = 1 WHERE name = ? AND begun = 0", [name]) } == 1
    }

    func put(_ result: AttemptResult) async throws {
        let values: [SQLValue] = [.text(result.json.canonicalText), .text(name)]
        try await database.write { try $0.execute("UPDATE pipeline_jobs SET result = ? WHERE name = ?", values) }
    }

    func result() async throws -> AttemptResult? {
        try await text("result").map { try AttemptResult(json: JSONValue(parsing: $0, as: "the result of job '\(name)'")) }
    }

    func remove() async throws {
        let name = SQLValue.text(name)
        try await database.write { try $0.execute("DELETE FROM pipeline_jobs WHERE name = ?", [name]) }
    }

    private func text(_ column: String) async throws -> String? {
        let name = SQLValue.text(name)
        return try await database.read { connection in
            try connection.first("SELECT \(column) FROM pipeline_jobs WHERE name = ?", [name]) { $0.optionalText(0) } ?? nil
        }
    }
}
