import Foundation
import MartletCore
import MartletStore
import MartletTesting
import Synchronization
import Testing

/// What is PostgreSQL's own.
struct PostgreSQLDatabaseTests {
    private static let table = "CREATE TABLE things (number BIGINT)"
    private static let hangUp = "SELECT pg_terminate_backend(pg_backend_pid())"

    private static func numbers(_ database: any SQLDatabase) async throws -> [Int64] {
        try await database.read { try $0.all("SELECT number FROM things ORDER BY number") { $0.integer(0) } }
    }

    @Test func `a read whose connection is lost is made again on another`() async throws {
        try await DatabaseKind.postgresql.withDatabase { database in
            let count = Mutex(0)
            let answer = try await database.read { connection in
                let number = count.withLock { count in
                    count += 1
                    return count
                }
                if number == 1 { try connection.execute(Self.hangUp) }
                return try connection.first("SELECT 7") { $0.integer(0) }
            }
            #expect(answer == 7)
            #expect(count.withLock { $0 } == 2)
        }
    }

    @Test func `the server ends what it reads for a task that was cancelled, and the readers are free for others`() async throws {
        try await DatabaseKind.postgresql.withPlace { place in
            let (database, observer) = (try await place.open(), try await place.open())
            let name = "martlet-\(UUID().uuidString)"
            // Ends by itself before a statement's time is over, and then answers.
            let reads = (0..<8).map { _ in
                Task { try await database.read { try $0.first("SELECT '\(name)' FROM pg_sleep(50)") { $0.text(0) } } }
            }
            defer { for read in reads { read.cancel() } }
            let running = "SELECT COUNT(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT ''\(name)''%'"
            let deadline = ContinuousClock.now + .seconds(40)
            while try await observer.read({ try $0.first(running) { $0.integer(0) } }) != Int64(PostgreSQLServer.readerCount) {
                try #require(ContinuousClock.now < deadline, "the reads do not run")
                try await Task.sleep(for: .milliseconds(20))
            }
            for read in reads { read.cancel() }
            for read in reads {
                await #expect(throws: CancellationError.self) { _ = try await read.value }
            }
            #expect(try await database.read { try $0.first("SELECT 7") { $0.integer(0) } } == 7)
            #expect(try await observer.read { try $0.first(running) { $0.integer(0) } } == 0)
            try await database.close()
            try await observer.close()
        }
    }

    @Test func `a read is not made again without end`() async throws {
        try await DatabaseKind.postgresql.withDatabase { database in
            let refusal = await Refusal.of { try await database.read { try $0.execute(Self.hangUp) } }
            #expect(refusal == .unavailable)
        }
    }

    @Test func `a write whose connection is lost is told that nothing was written, and the next one succeeds`() async throws {
        try await DatabaseKind.postgresql.withDatabase { database in
            try await database.write { try $0.execute(Self.table) }
            let error = await #expect(throws: MartletError.self) {
                try await database.write { connection in
                    try connection.execute("INSERT INTO things VALUES (1)")
                    try connection.execute(Self.hangUp)
                }
            }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("nothing was written") == true)
            try await database.write { try $0.execute("INSERT INTO things VALUES (2)") }
            #expect(try await Self.numbers(database) == [2])
        }
    }

    @Test func `a connection that was lost between two writes is made anew unseen`() async throws {
        try await DatabaseKind.postgresql.withPlace { place in
            let databases = (try await place.open(), try await place.open())
            let process = try await databases.0.write { connection in
                try connection.execute(Self.table)
                return try connection.first("SELECT pg_backend_pid()") { $0.integer(0) }
            }
            _ = try await databases.1.read { try $0.exists("SELECT pg_terminate_backend(CAST(? AS INT))", [.optional(process)]) }
            // Its socket is closed only when it is no process any more.
            let backend = Int32(try #require(process))
            try await waitUntil("process \(backend) is gone") { kill(backend, 0) != 0 }
            try await databases.0.write { try $0.execute("INSERT INTO things VALUES (1)") }
            #expect(try await Self.numbers(databases.1) == [1])
        }
    }

    @Test func `a commit that the server does not make is told as not written`() async throws {
        try await DatabaseKind.postgresql.withDatabase { database in
            try await database.write { connection in
                try connection.execute(Self.table)
                try connection.execute(
                    """
                    CREATE FUNCTION hang_up() RETURNS TRIGGER LANGUAGE plpgsql AS
                    'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'
                    """)
                try connection.execute(
                    """
                    CREATE CONSTRAINT TRIGGER hang_up AFTER INSERT ON things DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION hang_up()
                    """)
            }
            let error = await #expect(throws: MartletError.self) {
                try await database.write { try $0.execute("INSERT INTO things VALUES (1)") }
            }
            #expect(error?.message.contains("nothing was written") == true)
            #expect(try await Self.numbers(database) == [])
        }
    }

    @Test func `a commit whose answer is lost is asked after, and acknowledged`() async throws {
        try await DatabaseKind.postgresql.withPlace { place in
            let first = try await place.open()
            try await first.write { connection in
                try connection.execute(Self.table)
                let name = try connection.first("SELECT current_database()") { $0.text(0) } ?? ""
                // Commits wait for a standby that is not there.
                try connection.execute("ALTER DATABASE \"\(name)\" SET synchronous_commit = 'on'")
            }
            let second = try await place.open()
            async let write: Int = second.write { try $0.execute("INSERT INTO things VALUES (1)") }
            let hangUp = """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event = 'SyncRep'
                """
            let deadline = ContinuousClock.now + .seconds(60)
            while try await !first.read({ try $0.exists(hangUp) }) {
                try #require(ContinuousClock.now < deadline, "the commit does not wait")
            }
            #expect(try await write == 1)
            #expect(try await Self.numbers(first) == [1])
        }
    }

    @Test func `two that write one database take turns`() async throws {
        try await DatabaseKind.postgresql.withPlace { place in
            let databases = [try await place.open(), try await place.open()]
            try await databases[0].write { connection in
                try connection.execute(Self.table)
                try connection.execute("INSERT INTO things VALUES (0)")
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        try await databases[number % 2].write { connection in
                            let found = try connection.first("SELECT number FROM things") { $0.integer(0) } ?? 0
                            try connection.execute("UPDATE things SET number = ?", [.integer(found + 1)])
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await Self.numbers(databases[0]) == [60])
        }
    }

    @Test func `a write that hides the failure of a statement is refused, and spoils no other`() async throws {
        try await DatabaseKind.postgresql.withDatabase { database in
            try await database.write { try $0.execute("CREATE TABLE things (number BIGINT PRIMARY KEY)") }
            try await database.write { try $0.execute("INSERT INTO things VALUES (1)") }
            let held = HeldWrite()
            async let first: Void = database.write { _ in held.hold() }
            try await held.waitUntilHeld()
            async let hiding = Refusal.of {
                try await database.write { connection in
                    // The failure is what this test is about.
                    _ = try? connection.execute("INSERT INTO things VALUES (1)")
                }
            }
            async let good = Refusal.of { try await database.write { try $0.execute("INSERT INTO things VALUES (2)") } }
            try await waitUntil("two writes wait") { database.waitingWriteCount == 2 }
            held.release()
            try await first
            let refusals = (await hiding, await good)
            #expect(refusals.0 == .conflict)
            #expect(refusals.1 == nil)
            #expect(try await Self.numbers(database) == [1, 2])
        }
    }

    @Test func `a text with U+0000 is refused by name, before anything is sent`() async throws {
        try await DatabaseKind.postgresql.withDatabase { database in
            try await database.write { try $0.execute("CREATE TABLE names (name TEXT)") }
            let error = await #expect(throws: MartletError.self) {
                try await database.write { try $0.execute("INSERT INTO names VALUES (?)", ["a\0b"]) }
            }
            #expect(error?.code == .invalidInput)
            #expect(error?.message.contains("U+0000") == true)
        }
    }

    @Test func `a database that is not there is named`() async throws {
        let url = try await PostgreSQLServer.shared().url("nowhere")
        let error = await #expect(throws: MartletError.self) { try await PostgreSQLDatabase.open(url) }
        #expect(error?.code == .notFound)
        #expect(error?.message.contains("createdb") == true)
    }

    @Test func `a wrong password is refused and not repeated`() async throws {
        try await DatabaseKind.postgresql.withDatabase { database in
            try await database.write { try $0.execute("CREATE ROLE guest LOGIN PASSWORD 'right'") }
            let server = try await PostgreSQLServer.shared()
            let name = try await database.read { try $0.first("SELECT current_database()") { $0.text(0) } } ?? ""
            let error = await #expect(throws: MartletError.self) {
                try await PostgreSQLDatabase.open(server.url(name, user: "guest:wrong-secret"))
            }
            #expect(error?.code == .unavailable)
            #expect(error?.description.contains("wrong-secret") == false)
            let guest = try await PostgreSQLDatabase.open(server.url(name, user: "guest:right"))
            #expect(try await guest.read { try $0.exists("SELECT 1") })
            try await guest.close()
            try await database.write { try $0.execute("DROP ROLE guest") }
        }
    }
}
