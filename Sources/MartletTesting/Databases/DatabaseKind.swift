package import MartletStore

/// A kind of database that the conformance kits of the SQL layer and of the stores on it run over.
package struct DatabaseKind: Sendable, CustomStringConvertible {
    package let description: String
    private let open: @Sendable (_ folder: String) async throws -> any SQLDatabase
    private let remove: @Sendable (_ folder: String) async throws -> Void

    /// All kinds that there are on this machine.
    package static let all = [sqlite, postgresql]

    /// A file in the folder.
    package static let sqlite = DatabaseKind("SQLite") { folder in try SQLiteDatabase(path: "\(folder)/database.sqlite") }

    /// A database of this process' own server, named as the folder.
    package static let postgresql = DatabaseKind("PostgreSQL") { folder in
        try await PostgreSQLDatabase.open(
            PostgreSQLServer.shared().makeDatabase(folder.lastPathPart), readerCount: PostgreSQLServer.readerCount)
    } remove: { folder in
        try await PostgreSQLServer.shared().removeDatabase(folder.lastPathPart)
    }

    /// Describes a kind.
    /// - Parameter open: opens the one database that belongs to a folder, which is empty the first time.
    /// - Parameter remove: removes what of it is not in the folder.
    package init(
        _ description: String, open: @escaping @Sendable (_ folder: String) async throws -> any SQLDatabase,
        remove: @escaping @Sendable (_ folder: String) async throws -> Void = { _ in }
    ) {
        self.description = description
        self.open = open
        self.remove = remove
    }

    /// Runs a body with a way to open a new database, again and again, and closes what it opened.
    @discardableResult
    package func withPlace<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: (DatabasePlace) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryFolder { folder in
            let place = DatabasePlace(folder: folder, open)
            do {
                let result = try await body(place)
                try await place.close()
                try await remove(folder)
                return result
            } catch {
                // The failure that came first says more.
                try? await place.close()
                try? await remove(folder)
                throw error
            }
        }
    }

    /// Runs a body with a new database, and closes it.
    @discardableResult
    package func withDatabase<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: (any SQLDatabase) async throws -> Result
    ) async throws -> Result {
        try await withPlace { place in try await body(try await place.open()) }
    }
}

/// Where a database is.
package final class DatabasePlace: Sendable {
    private let folder: String
    private let opener: @Sendable (String) async throws -> any SQLDatabase
    private let opened = Gathering<any SQLDatabase>()

    init(folder: String, _ opener: @escaping @Sendable (String) async throws -> any SQLDatabase) {
        self.folder = folder
        self.opener = opener
    }

    /// Opens the database, also beside one that is open.
    package func open() async throws -> any SQLDatabase {
        let database = try await opener(folder)
        opened.add(database)
        return database
    }

    func close() async throws {
        for database in opened.take() { try await database.close() }
    }
}

extension String {
    fileprivate var lastPathPart: String { split(separator: "/").last.map { $0.lowercased() } ?? self }
}
