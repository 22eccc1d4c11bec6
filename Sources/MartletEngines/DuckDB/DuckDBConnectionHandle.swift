import CEngines.DuckDB
import MartletCore

/// Owns a connection's pointer and keeps its database open.
///
/// `@unchecked Sendable`: the pointer never changes and is freed once, when nobody holds the handle any more. Other
/// threads reach it only through `DuckDBInterrupter`, whose one call DuckDB allows at any time.
final class DuckDBConnectionHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    let database: DuckDBDatabase

    var functions: martlet_duckdb { database.library.functions }

    init(_ database: DuckDBDatabase) throws {
        var made: OpaquePointer?
        guard database.library.functions.duckdb_connect(database.handle, &made) == 0, let made else {
            throw MartletError(.engine, "DuckDB made no connection")
        }
        pointer = made
        self.database = database
    }

    deinit {
        var pointer: OpaquePointer? = pointer
        functions.duckdb_disconnect(&pointer)
    }
}

/// Stops a connection's statement from another task.
package struct DuckDBInterrupter: Sendable {
    let handle: DuckDBConnectionHandle

    /// Makes the statement that runs now, if one does, fail with DuckDB's "Interrupted!"; later ones run as ever.
    package func interrupt() {
        handle.functions.duckdb_interrupt(handle.pointer)
    }
}
