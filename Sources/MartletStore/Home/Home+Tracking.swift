import Glibc
import MartletCore

extension Home {
    /// Opens the database of tracking, which is the caller's to close.
    /// - Parameter url: of a PostgreSQL database; a file of the home's where it is `nil` or empty.
    /// - Throws: `invalidInput`, `unavailable`, `locked`, `storage`.
    package func openTracking(at url: String? = nil) async throws -> any SQLDatabase {
        guard let url, !url.isEmpty else { return try SQLiteDatabase(path: trackingPath) }
        return try await PostgreSQLDatabase.open(url)
    }

    /// The same, but only that with which the home is a pair; a home that has none yet takes any. Nothing is written to another one.
    /// - Throws: `invalidInput` where it is another one.
    package func openOwnTracking(at url: String? = nil) async throws -> any SQLDatabase {
        let isFile = url?.isEmpty ?? true
        guard let identity = try identity() else {
            if !isFile { try noteOtherRecords() }
            return try await openTracking(at: url)
        }
        if isFile, Directory.kind(of: trackingPath) == nil { throw notOwn(isFile: true) }
        let database = try await openTracking(at: url)
        do {
            guard try await database.read({ try $0.identity() }) == identity else { throw notOwn(isFile: isFile) }
            return database
        } catch {
            try await database.close()
            throw error
        }
    }

    /// Whether its own file has all that refers to its content: it is there, and nothing was ever put on record in another database.
    package func hasAllRecords() throws -> Bool {
        try Directory.kind(of: trackingPath) != nil && identity() == nil && Directory.kind(of: otherRecordsPath) == nil
    }

    /// Says that runs of this home may be on record in another database than its own file. - Throws: `storage`.
    private func noteOtherRecords() throws {
        guard Directory.kind(of: otherRecordsPath) == nil else { return }
        try Directory.create(path)
        _ = try OpenFile(otherRecordsPath, O_WRONLY | O_CREAT)
        try Directory.synchronize(path)
    }

    private var otherRecordsPath: String { "\(path)/records-elsewhere" }

    private func notOwn(isFile: Bool) -> MartletError {
        let found = isFile ? "its file 'tracking.sqlite'" : "the one that was named"
        return MartletError(
            .invalidInput,
            "'\(path)' keeps tracking in another database than \(found); name it with --database or in MARTLET_DATABASE_URL, or, where it "
                + "is lost for good, remove '\(identityPath)'")
    }
}
