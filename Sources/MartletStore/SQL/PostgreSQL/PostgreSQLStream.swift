import CEngines.LibPQ

/// The rows of one statement as they come from the server, one at a time, or kept aside while something else is sent.
final class PostgreSQLStream {
    let row: PostgreSQLRow
    private unowned let pipeline: PostgreSQLPipeline
    private var failure: PostgreSQLFailure?
    private var isAtEnd = false

    /// - Parameter failure: of something that was sent before the statement, which is not carried out then.
    init(_ pipeline: PostgreSQLPipeline, _ failure: PostgreSQLFailure?) {
        self.pipeline = pipeline
        self.failure = failure
        row = PostgreSQLRow(pipeline.functions)
    }

    /// Goes to the next row. - Returns: `false` where there is none.
    func next() throws -> Bool {
        if row.standOnKept() { return true }
        if let result = receive() {
            try row.stand(on: result)
            return true
        }
        if let failure { throw failure }
        return false
    }

    /// Takes all rows that are still to come out of the way; the one that the query stands on stays.
    func keepRest() {
        while let result = receive() {
            row.keep(result)
            pipeline.functions.PQclear(result)
        }
    }

    /// Lets all rows go that are still to come. It costs the time that the server needs for them; to break it off would end the
    /// transaction.
    func skipRest() {
        while let result = receive() { pipeline.functions.PQclear(result) }
    }

    /// The next result with a row, whose owner is the caller; `nil` at the end.
    private func receive() -> OpaquePointer? {
        while !isAtEnd {
            guard let result = pipeline.functions.PQgetResult(pipeline.handle) else {
                isAtEnd = true
                readEnd()
                return nil
            }
            if let own = pipeline.failure(of: result) {
                failure = failure ?? own
            } else if pipeline.functions.PQntuples(result) == 1 {
                return result
            }
            pipeline.functions.PQclear(result)
        }
        return nil
    }

    private func readEnd() {
        do { try pipeline.readEnd(failure) } catch { failure = error as? PostgreSQLFailure ?? failure }
    }
}
