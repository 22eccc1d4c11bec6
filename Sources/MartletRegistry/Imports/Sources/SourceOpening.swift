import Foundation
import MartletCore
import MartletStore

/// Which store a text names.
package enum SourceOpening {
    private static let sqliteScheme = "sqlite:///"
    private static let postgreSQLSchemes = ["postgresql://", "postgres://", "postgresql+psycopg2://", "postgresql+psycopg://"]

    /// Opens what a text names: a folder `mlruns`, a SQLite file, or a URL of either database as MLflow has it.
    /// - Throws: `notFound`, `invalidInput` for what MLflow did not write, and for schemas that are not known.
    package static func open(_ text: String) async throws -> any MLflowSource {
        if postgreSQLSchemes.contains(where: text.hasPrefix) { return try await postgreSQL(text) }
        if text.hasPrefix(sqliteScheme) { return try await sqlite(String(text.dropFirst(sqliteScheme.count))) }
        let path = text.hasPrefix("file:") ? ArtifactPlace.path(ofFile: text) ?? text : text
        if ArtifactLocation.scheme(of: path).count > 1 {
            throw MartletError(
                .invalidInput,
                "the source has the scheme '\(ArtifactLocation.scheme(of: path))'; expected a folder 'mlruns', a SQLite file, or a URL "
                    + "that begins with sqlite:/// or postgresql://")
        }
        var isFolder: ObjCBool = false
        let full = URL(filePath: path).standardizedFileURL.resolvingSymlinksInPath().path
        guard FileManager.default.fileExists(atPath: full, isDirectory: &isFolder) else {
            throw MartletError(.notFound, "there is no '\(path)'; name a folder 'mlruns' or a database of MLflow's")
        }
        return isFolder.boolValue ? try FileSource(path: full) : try await sqlite(path)
    }

    private static func sqlite(_ path: String) async throws -> any MLflowSource {
        let full = URL(filePath: path).standardizedFileURL.resolvingSymlinksInPath().path
        return try await closing(SQLiteSource(path: full)) {
            try await TableSource($0, name: full, identity: "sqlite:\(full)", folder: Directory.parent(of: full))
        }
    }

    /// The identity names the database within its server; the server is named without user and password.
    private static func postgreSQL(_ text: String) async throws -> any MLflowSource {
        let url = "postgresql://" + text.components(separatedBy: "://").dropFirst().joined(separator: "://")
        let name = try PostgreSQLDatabase.description(of: url)
        return try await closing(PostgreSQLDatabase.open(url, readerCount: 1)) { database in
            let number = try await database.read { connection in
                try connection.first("SELECT CAST(oid AS BIGINT) FROM pg_database WHERE datname = current_database()") { $0.integer(0) }
            }
            return try await TableSource(database, name: name, identity: "\(name)#\(number ?? 0)", folder: nil)
        }
    }

    /// What is made of a database, which is closed where that fails.
    private static func closing(_ database: any SQLReadable, _ make: (any SQLReadable) async throws -> any MLflowSource) async throws
        -> any MLflowSource
    {
        do {
            return try await make(database)
        } catch {
            try await database.close()
            throw error
        }
    }
}
