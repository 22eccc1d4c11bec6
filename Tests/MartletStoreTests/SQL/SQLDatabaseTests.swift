import MartletCore
import MartletStore
import MartletTesting
import Testing

/// What every database must do.
struct SQLDatabaseTests {
    private static let table = "CREATE TABLE things (name TEXT PRIMARY KEY, count BIGINT)"
    private static let insert = "INSERT INTO things (name, count) VALUES (?, ?)"

    private static func names(_ database: any SQLDatabase) async throws -> [String] {
        try await database.read { try $0.all("SELECT name FROM things ORDER BY name") { $0.text(0) } }
    }

    @Test(arguments: DatabaseKind.all)
    func `values come back as they were bound`(_ kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            let bytes = database.dialect == .sqlite ? "BLOB" : "BYTEA"
            try await database.write { connection in
                try connection.execute("CREATE TABLE kinds (a BIGINT, b DOUBLE PRECISION, c TEXT, d \(bytes))")
                let rows: [[SQLValue]] = [
                    [.integer(.min), .real(-.greatestFiniteMagnitude), "", .bytes([])],
                    [.integer(.max), .real(0.1), "é日\u{1f600} 'quoted' ?", .bytes([0, 255])],
                    [.null, .null, .null, .null],
                ]
                for row in rows { try connection.execute("INSERT INTO kinds (a, b, c, d) VALUES (?, ?, ?, ?)", row) }
            }
            let rows = try await database.read { connection in
                try connection.all("SELECT a, b, c, d FROM kinds ORDER BY a IS NULL, a") { row in
                    "\(row.optionalInteger(0) ?? 0) \(row.isNull(1) ? 0 : row.real(1)) \(row.optionalText(2) ?? "-") \(row.bytes(3))"
                }
            }
            #expect(
                rows == [
                    "-9223372036854775808 -1.7976931348623157e+308  []", "9223372036854775807 0.1 é日\u{1f600} 'quoted' ? [0, 255]",
                    "0 0.0 - []",
                ])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `numbers read as what they are, whatever the database made of them`(_ kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            let sql = """
                SELECT SUM(n), COUNT(*), MAX(n), AVG(CASE n WHEN 1 THEN 1 ELSE 2 END), 3
                FROM (SELECT 9007199254740993 AS n UNION SELECT 1) AS p
                """
            let read = try await database.read { connection in
                try connection.first(sql) {
                    ($0.integer(0), $0.integer(1), $0.integer(2), $0.real(3), $0.integer(4))
                }
            }
            #expect(read ?? (0, 0, 0, 0, 0) == (9_007_199_254_740_994, 2, 9_007_199_254_740_993, 1.5, 3))
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `what is not finite stays so, and NaN is null`(_ kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            try await database.write { connection in
                try connection.execute("CREATE TABLE reals (real DOUBLE PRECISION)")
                for real in [Double.infinity, -Double.infinity, Double.leastNonzeroMagnitude, Double.nan] {
                    try connection.execute("INSERT INTO reals VALUES (?)", [.real(real)])
                }
            }
            let sql = "SELECT real FROM reals ORDER BY real IS NULL, real"
            let read = try await database.read { try $0.all(sql) { $0.isNull(0) ? nil : $0.real(0) } }
            let expected: [Double?] = [-Double.infinity, Double.leastNonzeroMagnitude, Double.infinity, nil]
            #expect(read == expected)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `within a query another may run, and rows are not lost`(_ kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            try await database.write { connection in
                try connection.execute(Self.table)
                for number in 0..<300 { try connection.execute(Self.insert, [.text("\(number + 100)"), .integer(Int64(number))]) }
            }
            let pairs = try await database.read { connection in
                try connection.all("SELECT name, count FROM things ORDER BY name") { row in
                    let name = row.text(0)
                    if row.integer(1) % 100 == 50 {
                        _ = try connection.first("SELECT name FROM things WHERE name = ?", [.text(name)]) { $0.text(0) }
                    }
                    return row.integer(1)
                }
            }
            #expect(pairs == (0..<300).map(Int64.init))
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a query that its closure stops leaves the connection good`(_ kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            let sum = try await database.read { connection in
                try? connection.query("SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3", []) { _ in throw MartletError(.expired, "enough") }
                return try connection.first("SELECT 4") { $0.integer(0) }
            }
            #expect(sum == 4)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a read sees one state`(_ kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            try await database.write { try $0.execute(Self.table) }
            let held = HeldWrite()
            async let counts = database.read { connection in
                let before = try connection.all("SELECT name FROM things") { $0.text(0) }.count
                held.hold()
                return (before, try connection.all("SELECT name FROM things") { $0.text(0) }.count)
            }
            try await held.waitUntilHeld()
            try await database.write { try $0.execute(Self.insert, ["late", 1]) }
            held.release()
            #expect(try await counts == (0, 0))
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a write that throws is undone alone`(_ kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            try await database.write { try $0.execute(Self.table) }
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        // Every other write is meant to fail.
                        try? await database.write { connection in
                            try connection.execute(Self.insert, [.text("\(number + 100)"), 1])
                            if number % 2 == 1 { throw MartletError(.invalidInput, "odd") }
                        }
                    }
                }
            }
            #expect(try await Self.names(database) == (0..<32).map { "\($0 * 2 + 100)" })
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a write that nobody waits beside is undone as a whole, and told why`(_ kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            try await database.write { connection in
                try connection.execute(Self.table)
                try connection.execute(Self.insert, ["there", 1])
            }
            let refusal = await #expect(throws: MartletError.self) {
                try await database.write { connection in
                    try connection.execute(Self.insert, ["new", 1])
                    try connection.executeLater(Self.insert, ["there", 1])
                }
            }
            #expect(refusal?.code == .conflict)
            try await database.write { try $0.execute(Self.insert, ["later", 1]) }
            #expect(try await Self.names(database) == ["later", "there"])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `what was acknowledged is read at once, and by another who opens the same`(_ kind: DatabaseKind) async throws {
        try await kind.withPlace { place in
            let database = try await place.open()
            try await database.write { try $0.execute(Self.table) }
            for number in 0..<5 {
                try await database.write { try $0.execute(Self.insert, [.text("\(number)"), 1]) }
                #expect(try await Self.names(database).count == number + 1)
            }
            #expect(try await Self.names(try await place.open()).count == 5)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a commit that fails is told to all whose writes it held, and keeps none`(_ kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            try await database.write { connection in
                try connection.execute(Self.table)
                try connection.execute(
                    "CREATE TABLE parts (thing TEXT REFERENCES things (name) DEFERRABLE INITIALLY DEFERRED)")
            }
            let held = HeldWrite()
            async let first: Void = database.write { _ in held.hold() }
            try await held.waitUntilHeld()
            async let good = Refusal.of { try await database.write { try $0.execute(Self.insert, ["good", 1]) } }
            async let bad = Refusal.of { try await database.write { try $0.execute("INSERT INTO parts (thing) VALUES ('none')") } }
            try await waitUntil("two writes wait") { database.waitingWriteCount == 2 }
            held.release()
            try await first
            let refusals = (await good, await bad)
            #expect(refusals.0 == .conflict)
            #expect(refusals.1 == .conflict)
            #expect(try await Self.names(database) == [])
            try await database.write { try $0.execute(Self.insert, ["later", 1]) }
            #expect(try await Self.names(database) == ["later"])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a constraint is a conflict, and its message holds no value`(_ kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            try await database.write { try $0.execute(Self.table) }
            let insert: @Sendable (any SQLConnection) throws -> Int = { try $0.execute(Self.insert, ["secret", 1]) }
            _ = try await database.write(insert)
            let error = await #expect(throws: MartletError.self) { try await database.write(insert) }
            #expect(error?.code == .conflict)
            #expect(error?.message.contains("secret") == false)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a statement with too few values is refused`(_ kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            let error = await #expect(throws: MartletError.self) { try await database.read { try $0.exists("SELECT ?") } }
            #expect(error?.code == .invalidInput)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a closed database is unavailable`(_ kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            try await database.close()
            let refusals = (
                await Refusal.of { try await database.read { try $0.exists("SELECT 1") } },
                await Refusal.of { try await database.write { try $0.exists("SELECT 1") } }
            )
            #expect(refusals.0 == .unavailable)
            #expect(refusals.1 == .unavailable)
        }
    }
}

/// What a call was refused with.
enum Refusal {
    /// The code of the error that `body` throws; `nil` where it throws none, or none of the house's.
    static func of(_ body: () async throws -> some Sendable) async -> MartletError.Code? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? MartletError)?.code
        }
    }
}
