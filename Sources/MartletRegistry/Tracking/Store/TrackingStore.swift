import MartletCore
package import MartletStore
import Synchronization

/// The record of experiments and runs, with MLflow's rules and refusals.
///
/// Its aspects are `TrackingStore+Experiments`, `+Runs`, `+Logging`, `+Inputs`, `+RunSearch`, `+ExperimentSearch` and `+History`.
/// - Throws: `TrackingFault` for what MLflow refuses, and what the database throws.
package final class TrackingStore: Sendable {
    let database: any SQLDatabase
    let options: TrackingOptions
    let keys = KeyBook()
    private let randomness: Mutex<any RandomNumberGenerator & Sendable>

    /// Brings the schema up to date and makes the experiment `Default` where it is missing. The database stays its owner's to close.
    /// - Throws: `invalidInput` for a database of a newer martlet.
    package init(_ database: any SQLDatabase, options: TrackingOptions = TrackingOptions()) async throws {
        self.database = database
        self.options = options
        randomness = Mutex(options.randomness)
        try await SQLMigration.migrate(TrackingSchema.subject, by: TrackingSchema.migrations, in: database)
        try await makeDefaultExperiment()
    }

    /// Milliseconds since 1970 UTC.
    var now: Int64 { options.clock().microseconds / 1000 }

    var rules: LogRules { LogRules(truncatesLongValues: options.truncatesLongValues) }

    func withRandomness<Value>(_ body: (inout any RandomNumberGenerator & Sendable) -> Value) -> Value {
        randomness.withLock { generator in
            var own = generator
            defer { generator = own }
            return body(&own)
        }
    }

    /// 32 lower-case hexadecimal digits.
    func makeID() -> String {
        let (high, low) = withRandomness { ($0.next(), $0.next()) }
        return Self.digits(high) + Self.digits(low)
    }

    private static func digits(_ bits: UInt64) -> String {
        let digits = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    // MARK: Transactions

    func read<Value: Sendable>(_ body: @escaping @Sendable (TrackingSession) throws -> Value) async throws -> Value {
        try await database.read { [keys] connection in
            let session = TrackingSession(connection, keys)
            let value = try body(session)
            keys.remember(session.keys.learned)
            return value
        }
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (TrackingSession) throws -> Value) async throws -> Value {
        let (value, learned) = try await database.write { [keys] connection in
            let session = TrackingSession(connection, keys)
            return (try body(session), session.keys.learned)
        }
        keys.remember(learned)
        return value
    }
}

/// One read or write.
package final class TrackingSession {
    let connection: any SQLConnection
    let keys: KeySession

    init(_ connection: any SQLConnection, _ book: KeyBook) {
        self.connection = connection
        keys = KeySession(book, connection)
    }
}

/// One page of what was found.
package struct TrackingPage<Element: Sendable>: Sendable {
    package var elements: [Element]
    /// Whether there is more behind it.
    package var hasMore: Bool

    /// Makes one.
    package init(_ elements: [Element], hasMore: Bool) {
        self.elements = elements
        self.hasMore = hasMore
    }

    /// A page of what was asked for one more element than it may hold.
    init(_ elements: [Element], limit: Int) {
        hasMore = elements.count > limit
        self.elements = hasMore ? Array(elements.prefix(limit)) : elements
    }
}

extension TrackingPage: Equatable where Element: Equatable {}
