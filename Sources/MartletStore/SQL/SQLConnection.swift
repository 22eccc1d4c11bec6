/// One conversation with a database, within a transaction, and only valid in the closure that got it.
///
/// Placeholders are `?`. Statements are prepared once for each connection and text, so that texts should come from a small set and
/// values from outside are always bound. While a query calls its closure, the same text must not be used again. A write whose
/// statement fails must throw: PostgreSQL refuses what follows.
/// - Throws: `MartletError`: `conflict` for a constraint, `locked`, `storage`, `corrupt`; values are never part of its message.
package protocol SQLConnection: AnyObject {
    /// Whose SQL is understood.
    var dialect: SQLDialect { get }
    /// Whether a transaction is open; some failures end it.
    var isInTransaction: Bool { get }
    /// Begins a transaction that nobody else writes beside.
    func beginWrite() throws
    /// Runs one statement without values at the latest with the next one, which may throw what it throws.
    func executeWithNext(_ sql: String) throws
    /// Runs one statement that returns no rows, and of which nothing is asked: a later one of the same write may throw what it throws.
    /// Many such statements cost one answer of a server.
    func executeLater(_ sql: String, _ values: [SQLValue]) throws
    /// Runs one statement that returns no rows. - Returns: how many rows it inserted, changed or deleted.
    @discardableResult func execute(_ sql: String, _ values: [SQLValue]) throws -> Int
    /// Runs one statement and calls a closure with each row. The closure stops the query by throwing.
    func query(_ sql: String, _ values: [SQLValue], _ row: (any SQLRow) throws -> Void) throws
    /// The same with a statement that is not kept: for texts of which there may be any number, as of searches.
    func query(once sql: String, _ values: [SQLValue], _ row: (any SQLRow) throws -> Void) throws
}

/// Where databases differ in their SQL.
package enum SQLDialect: Sendable, Hashable { case sqlite, postgresql }

extension SQLConnection {
    /// Runs one statement without values. - Returns: how many rows it inserted, changed or deleted.
    @discardableResult package func execute(_ sql: String) throws -> Int { try execute(sql, []) }

    /// What a closure makes of each row.
    package func all<Element>(_ sql: String, _ values: [SQLValue] = [], _ element: (any SQLRow) throws -> Element) throws -> [Element] {
        var elements: [Element] = []
        try query(sql, values) { elements.append(try element($0)) }
        return elements
    }

    /// What a closure makes of the one row that there may be; of several the last.
    package func first<Element>(_ sql: String, _ values: [SQLValue] = [], _ element: (any SQLRow) throws -> Element) throws -> Element? {
        var first: Element?
        try query(sql, values) { first = try element($0) }
        return first
    }

    /// Whether there is any row.
    package func exists(_ sql: String, _ values: [SQLValue] = []) throws -> Bool { try first(sql, values) { _ in true } ?? false }
}
