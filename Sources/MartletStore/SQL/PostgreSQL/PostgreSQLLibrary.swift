import CEngines.LibPQ
import MartletCore

/// libpq, loaded once for the process when it is first needed.
///
/// `@unchecked Sendable`: the table is written by `init` alone. Its functions may be called from any thread; those of one connection
/// are called by the thread that has it.
struct PostgreSQLLibrary: @unchecked Sendable {
    /// The file's name, which the system's loader finds.
    static let file = "libpq.so.5"
    private static let loaded = Result { try PostgreSQLLibrary(path: file) }

    let functions: martlet_libpq

    /// The library. - Throws: `unavailable`, naming the Debian package that brings it; asked again, the same error.
    static func shared() throws -> PostgreSQLLibrary { try loaded.get() }

    init(path: String) throws {
        functions = try NativeTable.load(next: "install PostgreSQL's client library, the Debian package libpq5") {
            martlet_libpq_load(path, $0, $1, $2)
        }
    }
}
