extension Home {
    /// Opens the database of tracking, which is the caller's to close.
    /// - Parameter url: of a PostgreSQL database; a file of the home's where it is `nil` or empty.
    /// - Throws: `invalidInput`, `unavailable`, `locked`, `storage`.
    package func openTracking(at url: String? = nil) async throws -> any SQLDatabase {
        guard let url, !url.isEmpty else { return try SQLiteDatabase(path: trackingPath) }
        return try await PostgreSQLDatabase.open(url)
    }
}
