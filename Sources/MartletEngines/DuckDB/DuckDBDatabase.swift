import CEngines.DuckDB
import MartletCore

/// A DuckDB database in memory or in a file: tables, Parquet, CSV, JSON, SQL.
///
/// It reads and writes local files, never the network: extensions are not loaded, installed or looked for, and paths
/// other than local ones are refused. Times with a zone are written in UTC, whatever the machine's zone is.
///
/// `@unchecked Sendable`: the handle never changes, is closed once when the last connection is gone, and DuckDB lets
/// any thread connect at any time.
package final class DuckDBDatabase: @unchecked Sendable {
    let library: DuckDBLibrary
    let handle: OpaquePointer

    /// Opens a database.
    ///
    /// - Parameters:
    ///   - path: the file, made where absent; `nil` keeps everything in memory.
    ///   - threads: how many threads all connections share; `nil` takes all processors.
    ///   - memoryLimitMegabytes: in 10⁶ bytes; beyond it DuckDB spills to disk; `nil` takes 80 % of the memory.
    ///   - isReadOnly: refuses writes, and lets other processes read the file too.
    ///   - temporaryFolder: where DuckDB spills to; `nil` is its own choice: beside the file, or `.tmp` here.
    /// - Throws: `engine` where the file is damaged, locked or newer; `unavailable` without DuckDB.
    package init(
        path: String? = nil, threads: Int? = nil, memoryLimitMegabytes: Int? = nil, isReadOnly: Bool = false,
        temporaryFolder: String? = nil
    ) throws {
        var options = [
            ("autoinstall_known_extensions", "false"), ("autoload_known_extensions", "false"),
            ("allow_community_extensions", "false"),
        ]
        try threads.map { options.append(("threads", try Self.positive($0, "threads"))) }
        try memoryLimitMegabytes.map { options.append(("memory_limit", try Self.positive($0, "memory limit") + "MB")) }
        if isReadOnly { options.append(("access_mode", "READ_ONLY")) }
        temporaryFolder.map { options.append(("temp_directory", $0)) }
        library = try DuckDBLibrary.shared()
        handle = try Self.open(path ?? ":memory:", options, library)
        // Only these settings are taken after opening; the second one cannot be taken back.
        try connect().execute(
            """
            SET GLOBAL allowed_directories = ['/'];
            SET GLOBAL custom_extension_repository = 'none';
            SET GLOBAL enable_external_access = false;
            SET GLOBAL TimeZone = 'UTC'
            """
        )
    }

    deinit {
        var handle: OpaquePointer? = handle
        library.functions.duckdb_close(&handle)
    }

    /// The version of DuckDB, for example `v2.0.0`. - Throws: `unavailable` without DuckDB.
    package static var libraryVersion: String {
        get throws {
            let version = try DuckDBLibrary.shared().functions.duckdb_library_version()
            return version.map { String(cString: $0) } ?? "unknown"
        }
    }

    /// Opens a connection. Connections see each other's committed work.
    package func connect() throws -> DuckDBConnection {
        try DuckDBConnection(DuckDBConnectionHandle(self))
    }

    private static func positive(_ number: Int, _ what: String) throws -> String {
        guard number > 0 else {
            throw MartletError(.invalidInput, "DuckDB: expected a positive number as \(what), found \(number)")
        }
        return String(number)
    }

    private static func open(
        _ path: String, _ options: [(String, String)], _ library: DuckDBLibrary
    ) throws -> OpaquePointer {
        let functions = library.functions
        var config: OpaquePointer?
        defer { functions.duckdb_destroy_config(&config) }
        guard functions.duckdb_create_config(&config) == 0 else {
            throw MartletError(.engine, "DuckDB made no configuration")
        }
        for (name, value) in options where functions.duckdb_set_config(config, name, value) != 0 {
            throw MartletError(.engine, "DuckDB refuses '\(value)' as its option '\(name)'")
        }
        var opened: OpaquePointer?
        var message: UnsafeMutablePointer<CChar>?
        defer { functions.duckdb_free(message) }
        guard functions.duckdb_open_ext(path, &opened, config, &message) == 0, let opened else {
            throw DuckDBLibrary.error(message, or: "'\(path)' does not open")
        }
        return opened
    }
}
