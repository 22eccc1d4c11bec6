import CEngines.LibPQ
import MartletCore

/// A connection of libpq's, used by one thread at a time.
final class PostgreSQLConnection: SQLConnection {
    private let address: PostgreSQLAddress
    private let pipeline: PostgreSQLPipeline
    /// Whether something failed that may succeed on another connection.
    private(set) var hasPassingFailure = false
    /// The read that the connection is used for.
    private var turn: SQLReadTurn?
    private lazy var cancel = PostgreSQLCancel(pipeline.functions, pipeline.handle)

    /// Connects, and waits for that. - Throws: `unavailable`, `notFound`.
    init(_ address: PostgreSQLAddress) throws {
        self.address = address
        pipeline = try PostgreSQLLogin(address).connect()
        try execute(PostgreSQLLogin.settings)
    }

    var dialect: SQLDialect { .postgresql }

    /// Whether the server has not hung up, as far as is known here.
    var isUsable: Bool { pipeline.isUsable }

    var isInTransaction: Bool {
        // Where what is unanswered fails, the status tells what came of it.
        if pipeline.isUnanswered || !pipeline.waiting.isEmpty { try? executeWaiting() }
        return pipeline.isTransaction(MARTLET_LIBPQ_TRANSACTION_OPEN) || pipeline.isTransaction(MARTLET_LIBPQ_TRANSACTION_FAILED)
    }

    func beginWrite() throws {
        pipeline.forgetTransaction()
        pipeline.waiting = ["BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", PostgreSQLLogin.writeLock]
    }

    /// Reads one state of the database, in a transaction that the caller ends.
    func read<Value>(_ turn: SQLReadTurn, _ body: (any SQLConnection) throws -> Value) throws -> Value {
        hasPassingFailure = false
        pipeline.waiting = ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"]
        self.turn = turn
        defer { self.turn = nil }
        return try turn.interruptible({ [cancel] in cancel.send() }, { try body(self) })
    }

    /// What a write did is answered before it ends, so that its failure is not taken for that of the next one.
    func executeWithNext(_ sql: String) throws {
        if pipeline.isUnanswered { try executeWaiting() }
        guard !pipeline.isTransaction(MARTLET_LIBPQ_TRANSACTION_FAILED) else { throw translated(.aborted) }
        pipeline.waiting.append(sql)
    }

    func executeLater(_ sql: String, _ values: [SQLValue]) throws {
        try translating { try pipeline.sendLater(sql, values) }
    }

    @discardableResult func execute(_ sql: String, _ values: [SQLValue]) throws -> Int {
        do {
            try pipeline.send(sql, values)
            let answer = try pipeline.answer()
            // The end of a transaction that failed is no failure to the server.
            if sql == "COMMIT", answer.tag != sql { throw PostgreSQLFailure.aborted }
            return answer.count
        } catch let failure as PostgreSQLFailure {
            guard sql == "COMMIT", failure.isLost, let transaction = pipeline.transactionID else { throw translated(failure) }
            try PostgreSQLFate(address, transaction).settle()
            return 0
        }
    }

    func query(_ sql: String, _ values: [SQLValue], _ row: (any SQLRow) throws -> Void) throws {
        try query(sql, values, isKept: true, row)
    }

    func query(once sql: String, _ values: [SQLValue], _ row: (any SQLRow) throws -> Void) throws {
        try query(sql, values, isKept: false, row)
    }

    private func query(_ sql: String, _ values: [SQLValue], isKept: Bool, _ row: (any SQLRow) throws -> Void) throws {
        try turn?.check()
        try translating {
            try pipeline.send(sql, values, isKept: isKept)
            try pipeline.rows(row)
        }
    }

    private func executeWaiting() throws {
        try translating {
            try pipeline.send(nil)
            _ = try pipeline.answer()
        }
    }

    private func translating(_ body: () throws -> Void) throws {
        do { try body() } catch let failure as PostgreSQLFailure { throw translated(failure) }
    }

    private func translated(_ failure: PostgreSQLFailure) -> MartletError {
        if failure.isPassing { hasPassingFailure = true }
        return failure.error(address)
    }
}
