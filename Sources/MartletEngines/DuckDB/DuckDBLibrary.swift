import CEngines.DuckDB
import MartletCore

/// DuckDB, loaded once for the process when it is first needed.
///
/// `@unchecked Sendable`: the table of functions is written by `init` alone, and the functions may be called from any
/// thread; who may use one handle at a time is said where the handle is held.
final class DuckDBLibrary: @unchecked Sendable {
    private static let loaded = Result { try DuckDBLibrary(path: NativeLibraries.path(of: "libduckdb.so")) }
    private static let messageLinesMax = 8
    private static let messageCharactersMax = 2000

    let functions: martlet_duckdb

    /// The library. - Throws: `unavailable` where a file is missing, with its name; asked again, the same error.
    static func shared() throws -> DuckDBLibrary { try loaded.get() }

    init(path: String) throws {
        functions = try NativeTable.load { table, message, capacity in
            martlet_duckdb_load(path, table, message, capacity)
        }
    }

    /// What DuckDB says, at most 8 lines and 2000 characters of it.
    static func error(_ reason: UnsafePointer<CChar>?, or otherwise: String) -> MartletError {
        guard let reason else { return MartletError(.engine, "DuckDB: \(otherwise)") }
        let lines = String(cString: reason).split(separator: "\n", omittingEmptySubsequences: true)
        let text = lines.prefix(messageLinesMax).joined(separator: "\n").prefix(messageCharactersMax)
        return MartletError(.engine, "DuckDB: \(text)")
    }
}
