import GRDB
package import MartletCore

extension RecordStore {
    /// Points an endpoint to a release. History and pointer change in one transaction, as the pointer is the last move.
    ///
    /// Where the clock has gone back, the move gets the time of the endpoint's last one.
    /// - Parameter expected: what the endpoint must point to now.
    /// - Throws: `conflict` where it points elsewhere, `notFound` where the release is not registered.
    package func move(
        endpoint: String, to release: Digest, action: RouteMove.Action, by mover: String, reason: String,
        at time: Timestamp, expecting expected: RouteExpectation
    ) throws -> RouteMove {
        try write { database in
            _ = try Self.existingRelease(release, database)
            let last = try Self.lastMove(endpoint, database)
            guard expected.admits(last?.release) else {
                let found = last.map { "\($0.release), moved by '\($0.by)' at \($0.at)" } ?? "nothing"
                throw MartletError(
                    .conflict,
                    "endpoint '\(endpoint)' points to \(found), not to what was expected; look at it and try again"
                )
            }
            try database.execute(
                sql: """
                    INSERT INTO route_moves (endpoint, release, previous, action, moved_by, reason, at)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    endpoint, release.description, last?.release.description, action.rawValue, mover, reason,
                    max(time, last?.at ?? time).microseconds,
                ]
            )
            guard let move = try Self.lastMove(endpoint, database) else {
                throw MartletError(.corrupt, "a move of endpoint '\(endpoint)' was written and cannot be read")
            }
            return move
        }
    }

    /// The last move of an endpoint, which is where it points; `nil` where it never moved.
    package func current(endpoint: String) throws -> RouteMove? { try read { try Self.lastMove(endpoint, $0) } }

    /// The number of the last move of any endpoint; 0 before the first.
    package func lastMove() throws -> Int {
        try read { try Int.fetchOne($0, sql: "SELECT MAX(sequence) FROM route_moves") ?? 0 }
    }

    /// The endpoints that ever moved, by name.
    package func routedEndpoints() throws -> [String] {
        try read { try String.fetchAll($0, sql: "SELECT DISTINCT endpoint FROM route_moves ORDER BY endpoint") }
    }

    /// What an endpoint pointed to before it came to where it is, so that rolling back twice goes two releases back; `nil` where it never
    /// pointed to anything else.
    package func predecessor(of current: RouteMove) throws -> Digest? {
        var stack: [Digest] = []
        for move in try moves(endpoint: current.endpoint) {
            switch move.action {
            case .deploy: if stack.last != move.release { stack.append(move.release) }
            case .rollback: _ = stack.popLast()
            }
        }
        return stack.dropLast().last
    }

    /// The moves of an endpoint, the first first.
    package func moves(endpoint: String) throws -> [RouteMove] {
        try read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM route_moves WHERE endpoint = ? ORDER BY sequence", arguments: [endpoint]
            ).map(RouteMove.init(row:))
        }
    }

    /// The move in force at a time; `nil` before the first. A move is in force from its own microsecond on.
    package func pointer(endpoint: String, at time: Timestamp) throws -> RouteMove? {
        try read { try Self.lastMove(endpoint, $0, until: time) }
    }

    private static func lastMove(
        _ endpoint: String, _ database: Database, until time: Timestamp = Timestamp(microseconds: .max)
    ) throws -> RouteMove? {
        try Row.fetchOne(
            database, sql: "SELECT * FROM route_moves WHERE endpoint = ? AND at <= ? ORDER BY sequence DESC LIMIT 1",
            arguments: [endpoint, time.microseconds]
        ).map(RouteMove.init(row:))
    }
}

extension RouteMove {
    fileprivate init(row: Row) throws {
        let action = try row.text("action")
        guard let known = Action(rawValue: action) else {
            throw MartletError(
                .corrupt, "stored route action: expected one of \(Action.allCases), found '\(action.prefix(80))'"
            )
        }
        self.init(
            sequence: try row.integer("sequence"), endpoint: try row.text("endpoint"),
            release: try row.digest("release"),
            previous: try row.optionalDigest("previous"), action: known, by: try row.text("moved_by"),
            reason: try row.text("reason"), at: try row.time("at")
        )
    }
}
