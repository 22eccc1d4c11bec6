import CEngines.LibPQ
import MartletCore

/// What goes to the server and comes back on one connection, which one thread uses at a time.
///
/// A statement goes out together with those that wait for it and with its own preparation; one answer is awaited for all of them.
final class PostgreSQLPipeline {
    /// How many statements are prepared; the next one forgets all.
    static let statementCountMax = 1000
    /// How many statements go out before their answers are awaited.
    static let unansweredCountMax = 256

    /// What the server says of a statement.
    struct Answer {
        /// The statement's kind, as `COMMIT`.
        var tag = ""
        /// How many rows it inserted, changed or deleted.
        var count = 0
    }

    private enum Step {
        case preparation(Key)
        case statement
        case beginning
    }

    private struct Key: Hashable {
        let sql: String
        let types: [UInt32]
    }

    let functions: martlet_libpq
    let handle: OpaquePointer
    /// Statements without values that go out with the next one.
    var waiting: [String] = []
    /// What the server calls the transaction that was begun with `PostgreSQLLogin.writeLock`.
    private(set) var transactionID: String?
    private var isBroken = false
    private var prepared: [Key: String] = [:]
    private var preparedCount = 0
    private var steps: [Step] = []
    private var stream: PostgreSQLStream?
    private var parameters = PostgreSQLParameters()
    private let none = PostgreSQLParameters()

    /// Owns the connection from now on, which is in pipeline mode.
    init(_ functions: martlet_libpq, _ handle: OpaquePointer) {
        self.functions = functions
        self.handle = handle
    }

    deinit {
        stream = nil
        functions.PQfinish(handle)
    }

    var isLost: Bool { isBroken || !matches(functions.PQstatus(handle), MARTLET_LIBPQ_CONNECTION_OK) }

    /// Whether the server has not hung up, as far as is known here.
    var isUsable: Bool {
        // The first takes in what the server said last, the second the end behind it.
        !isLost && functions.PQconsumeInput(handle) == 1 && functions.PQconsumeInput(handle) == 1 && !isLost
    }

    func isTransaction(_ status: martlet_libpq_constant) -> Bool { matches(functions.PQtransactionStatus(handle), status) }

    func forgetTransaction() { transactionID = nil }

    // MARK: Out

    /// Whether something was sent whose answer nobody has awaited yet.
    var isUnanswered: Bool { !steps.isEmpty }

    /// Sends what waits, and a statement where there is one. The caller awaits the answer.
    /// - Throws: `MartletError` for values that cannot be sent, and then nothing was; else `PostgreSQLFailure`.
    func send(_ sql: String?, _ values: [SQLValue] = [], isKept: Bool = true) throws {
        try put(sql, values, isKept: isKept)
        try require(functions.PQpipelineSync(handle))
    }

    /// Sends what waits and a statement, whose answer comes with a later one.
    func sendLater(_ sql: String, _ values: [SQLValue]) throws {
        try put(sql, values, isKept: true)
        guard steps.count >= Self.unansweredCountMax else { return }
        try require(functions.PQpipelineSync(handle))
        _ = try answer()
    }

    private func put(_ sql: String?, _ values: [SQLValue], isKept: Bool) throws {
        try parameters.set(values)
        let key = sql.map { Key(sql: $0, types: parameters.types) }
        let text = try key.map { try isKept && prepared[$0] != nil ? "" : translated($0) }
        stream?.keepRest()
        stream = nil
        for sql in waiting { try sendPrepared(Key(sql: sql, types: []), sql, none) }
        waiting = []
        if let key, let text { try isKept ? sendPrepared(key, text, parameters) : sendOnce(text) }
    }

    private func translated(_ key: Key) throws -> String {
        let statement = PostgreSQLStatement(key.sql)
        guard statement.placeholderCount == key.types.count else {
            throw MartletError(
                .invalidInput, "a statement has \(statement.placeholderCount) placeholders, found \(key.types.count) values")
        }
        return statement.text
    }

    /// - Parameter text: the statement in PostgreSQL's words; not needed where it is prepared.
    private func sendPrepared(_ key: Key, _ text: String, _ parameters: PostgreSQLParameters) throws {
        let name = try prepared[key] ?? prepare(key, text)
        try require(
            parameters.withArrays { values, lengths, formats in
                functions.PQsendQueryPrepared(handle, name, Int32(values.count), values, lengths, formats, 1)
            })
        steps.append(key.sql == PostgreSQLLogin.writeLock ? .beginning : .statement)
    }

    private func prepare(_ key: Key, _ text: String) throws -> String {
        if prepared.count >= Self.statementCountMax {
            try require(functions.PQsendQueryParams(handle, "DEALLOCATE ALL", 0, nil, nil, nil, nil, 0))
            steps.append(.statement)
            prepared = [:]
        }
        preparedCount += 1
        let name = "m\(preparedCount)"
        try require(functions.PQsendPrepare(handle, name, text, Int32(key.types.count), key.types))
        steps.append(.preparation(key))
        prepared[key] = name
        return name
    }

    private func sendOnce(_ text: String) throws {
        try require(
            parameters.withArrays { values, lengths, formats in
                functions.PQsendQueryParams(handle, text, Int32(values.count), parameters.types, values, lengths, formats, 1)
            })
        steps.append(.statement)
    }

    /// Something half sent cannot be taken back.
    private func require(_ code: Int32) throws {
        guard code == 1 else {
            isBroken = true
            throw lost()
        }
    }

    // MARK: In

    /// Waits for the answers to all that was sent; the statement's own is the last.
    func answer() throws -> Answer {
        var answer = Answer()
        var failure: PostgreSQLFailure?
        for step in steps { read(step, &answer, &failure) }
        try readEnd(failure)
        return answer
    }

    /// Waits for the rows of a statement, one after the other. The closure may send something else meanwhile.
    func rows(_ body: (any SQLRow) throws -> Void) throws {
        var answer = Answer()
        var failure: PostgreSQLFailure?
        for step in steps.dropLast() { read(step, &answer, &failure) }
        // What it answers is no failure: without it all rows would come at once.
        _ = functions.PQsetSingleRowMode(handle)
        let stream = PostgreSQLStream(self, failure)
        self.stream = stream
        defer {
            if self.stream === stream {
                stream.skipRest()
                self.stream = nil
            }
        }
        while try stream.next() { try body(stream.row) }
    }

    private func read(_ step: Step, _ answer: inout Answer, _ failure: inout PostgreSQLFailure?) {
        while let result = functions.PQgetResult(handle) {
            defer { functions.PQclear(result) }
            if let own = self.failure(of: result) {
                failure = failure ?? own
                if case .preparation(let key) = step { prepared[key] = nil }
                continue
            }
            if case .beginning = step, functions.PQntuples(result) == 1 {
                transactionID = functions.PQgetvalue(result, 0, 1).map { String(cString: $0) }
            }
            answer.tag = functions.PQcmdStatus(result).map { String(cString: $0) } ?? ""
            answer.count = functions.PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
        }
    }

    /// Reads the end of what was sent. - Throws: the failure that there was before it, or that of the connection.
    func readEnd(_ failure: PostgreSQLFailure?) throws {
        steps = []
        let result = functions.PQgetResult(handle)
        defer { if let result { functions.PQclear(result) } }
        guard let result, matches(functions.PQresultStatus(result), MARTLET_LIBPQ_PIPELINE_SYNC) else {
            isBroken = true
            throw lost(failure)
        }
        if let failure { throw failure }
    }

    /// The failure that a result tells; `nil` where it tells none.
    func failure(of result: OpaquePointer) -> PostgreSQLFailure? {
        let status = functions.PQresultStatus(result)
        let good = [MARTLET_LIBPQ_COMMAND_OK, MARTLET_LIBPQ_TUPLES_OK, MARTLET_LIBPQ_SINGLE_TUPLE]
        if good.contains(where: { matches(status, $0) }) { return nil }
        let texts = [MARTLET_LIBPQ_DIAG_SQLSTATE, MARTLET_LIBPQ_DIAG_MESSAGE].map { field in
            functions.PQresultErrorField(result, Int32(field.rawValue)).map { String(cString: $0) } ?? ""
        }
        return PostgreSQLFailure(state: texts[0], message: texts[1], isLost: isLost)
    }

    private func lost(_ failure: PostgreSQLFailure? = nil) -> PostgreSQLFailure {
        let said = failure?.message ?? functions.PQerrorMessage(handle).map { String(cString: $0) } ?? ""
        return PostgreSQLFailure(state: failure?.state ?? "", message: said, isLost: true)
    }

    private func matches(_ status: UInt32, _ constant: martlet_libpq_constant) -> Bool { status == constant.rawValue }
}
