import CEngines.LibPQ

/// Ends what a connection's server does, from any thread, by a connection of its own, which libpq before 17 does not encrypt: it carries
/// a number that is good for ending this session's statements, and nothing else.
///
/// `@unchecked Sendable`: libpq lets any thread use what `init` made, and nothing changes it.
final class PostgreSQLCancel: @unchecked Sendable {
    private let functions: martlet_libpq
    private let handle: OpaquePointer?

    /// - Parameter connection: may be closed before this is used, which then does nothing.
    init(_ functions: martlet_libpq, _ connection: OpaquePointer) {
        self.functions = functions
        handle = functions.PQgetCancel(connection)
    }

    deinit { functions.PQfreeCancel(handle) }

    /// Asks the server to end the statement that runs, and waits until it has been told. Where it cannot be told, the statement
    /// ends by itself, at `PostgreSQLReader.statementSecondsMax`.
    func send() {
        var message = [CChar](repeating: 0, count: 256)
        _ = functions.PQcancel(handle, &message, CInt(message.count))
    }
}
