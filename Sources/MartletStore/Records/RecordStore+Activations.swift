import GRDB
package import MartletCore

/// A span of time in which a process answered an endpoint with a release: what actually answered, not what should have.
package struct Activation: Sendable, Equatable {
    /// Rises with each activation.
    package let id: Int
    /// The endpoint.
    package let endpoint: String
    /// What answered.
    package let release: Digest
    /// Which process answered, for example host, process number and start time.
    package let process: String
    /// From when on, inclusive.
    package let from: Timestamp
    /// The last sign of life; the start where there was none.
    package let lastSeen: Timestamp
    /// Until when, exclusive; `nil` where it still answers, or ended without a word.
    package let until: Timestamp?

    /// Whether a server answers from what a move ordered: it began to since, or goes on with what it never left and lives.
    /// - Note: what a server that was killed answered has no more to say.
    package func follows(_ move: RouteMove) -> Bool {
        guard release == move.release else { return false }
        return move.previous == move.release || from >= move.at || (until == nil && lastSeen >= move.at)
    }
}

extension RecordStore {
    /// How long after its last sign of life a process counts as answering, where its end is not known.
    ///
    /// Servers give a sign more often than this, so that a running one always counts; a killed one counts up to this
    /// long too much.
    package static let heartbeatGrace = Duration.seconds(5)

    /// Records that a process answers an endpoint with a release from now on, and no longer with what it did before.
    /// - Throws: `notFound` where the release is not registered.
    package func activate(endpoint: String, release: Digest, process: String, at time: Timestamp) throws -> Activation {
        try write { database in
            _ = try Self.existingRelease(release, database)
            try Self.close(process, endpoint: endpoint, time, database)
            try database.execute(
                sql: """
                    INSERT INTO activations (endpoint, release, process, from_time, last_seen)
                    VALUES (?1, ?2, ?3, ?4, ?4)
                    """,
                arguments: [endpoint, release.description, process, time.microseconds]
            )
            return Activation(
                id: Int(database.lastInsertedRowID), endpoint: endpoint, release: release, process: process, from: time,
                lastSeen: time, until: nil
            )
        }
    }

    /// A sign of life of a process, for all that it answers.
    package func heartbeat(process: String, at time: Timestamp) throws {
        try write { database in
            try database.execute(
                sql: "UPDATE activations SET last_seen = MAX(last_seen, ?) WHERE process = ? AND until_time IS NULL",
                arguments: [time.microseconds, process]
            )
        }
    }

    /// Records that a process answers no longer.
    package func deactivate(process: String, at time: Timestamp) throws {
        try write { try Self.close(process, endpoint: nil, time, $0) }
    }

    /// The activations of an endpoint that cover a time, in the order they began.
    ///
    /// One whose end is not known covers up to its last sign of life and `heartbeatGrace`, inclusive.
    package func activations(endpoint: String, at time: Timestamp) throws -> [Activation] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM activations WHERE endpoint = ?1 AND from_time <= ?2
                    AND CASE WHEN until_time IS NULL THEN last_seen >= ?3 ELSE until_time > ?2 END ORDER BY id
                    """,
                arguments: [endpoint, time.microseconds, (time - Self.heartbeatGrace).microseconds]
            ).map(Activation.init(row:))
        }
    }

    /// What any process answers, or gave a sign of answering at a time or later.
    package func releasesAnswering(since time: Timestamp) throws -> Set<Digest> {
        try read { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT DISTINCT release FROM activations WHERE COALESCE(until_time, last_seen) >= ?",
                arguments: [time.microseconds])
            return Set(try rows.map { try $0.digest("release") })
        }
    }

    /// Where the clock has gone back, an activation ends when it began.
    private static func close(_ process: String, endpoint: String?, _ time: Timestamp, _ database: Database) throws {
        try database.execute(
            sql: """
                UPDATE activations SET until_time = MAX(from_time, ?1)
                WHERE process = ?2 AND until_time IS NULL AND endpoint = COALESCE(?3, endpoint)
                """,
            arguments: [time.microseconds, process, endpoint]
        )
    }
}

extension Activation {
    fileprivate init(row: Row) throws {
        self.init(
            id: try row.integer("id"), endpoint: try row.text("endpoint"), release: try row.digest("release"),
            process: try row.text("process"), from: try row.time("from_time"), lastSeen: try row.time("last_seen"),
            until: try row.optionalTime("until_time")
        )
    }
}
