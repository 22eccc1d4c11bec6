/// A database that is read. The owner calls `close()`.
package protocol SQLReadable: Sendable {
    /// Whose SQL is understood.
    var dialect: SQLDialect { get }

    /// Reads from one consistent state, which holds every write that was acknowledged before. Reads run beside each other and beside
    /// writes, on threads of the database's own. The closure may be called again where a connection to a server was lost.
    /// Where the task is cancelled, a read that waits is not begun, and the statement that runs ends (in PostgreSQL at its time-out).
    /// - Throws: what the closure throws; `overloaded` where too many reads wait, `unavailable` after `close()`, `CancellationError`.
    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value

    /// Refuses later calls, makes what waits durable and closes all connections. Later calls only wait for that.
    func close() async throws
}

/// A database of our own: snapshots to read from, and writes that are acknowledged once they are durable.
///
/// Ships a conformance kit in the tests of `MartletStore`.
package protocol SQLDatabase: SQLReadable {
    /// How many writes wait, apart from those that are being made.
    var waitingWriteCount: Int { get }

    /// Writes all that the closure writes, or nothing where it throws. Returns once that is durable.
    ///
    /// The writes that wait are made one after the other in one transaction and made durable together. A write that was queued is
    /// carried out even if its task is cancelled meanwhile.
    /// - Throws: what the closure throws; what the commit throws, to all whose writes it held; `overloaded` where too many writes
    ///   wait, `unavailable` after `close()`.
    @discardableResult
    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value
}
