import MartletCore
import MartletStore
import MartletTesting
import Testing

struct SQLMigrationTests {
    private static let first = SQLMigration(1) { _ in ["CREATE TABLE one (name TEXT)"] }
    private static let second = SQLMigration(2) { _ in ["ALTER TABLE one ADD COLUMN count BIGINT"] }

    @Test(arguments: DatabaseKind.all)
    func `each step is made once, and later ones are added`(_ kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            for steps in [[Self.first], [Self.first], [Self.first, Self.second], [Self.first, Self.second]] {
                try await SQLMigration.migrate("kit", by: steps, in: database)
            }
            try await database.write { try $0.execute("INSERT INTO one (name, count) VALUES ('a', 1)") }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `the tables of a newer martlet are refused`(_ kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            try await SQLMigration.migrate("kit", by: [Self.first, Self.second], in: database)
            let error = await #expect(throws: MartletError.self) {
                try await SQLMigration.migrate("kit", by: [Self.first], in: database)
            }
            #expect(error?.code == .invalidInput)
            #expect(error?.message.contains("newer martlet") == true)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a step that fails leaves nothing`(_ kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            let broken = SQLMigration(2) { _ in ["CREATE TABLE two (name TEXT)", "CREATE TABLE one (name TEXT)"] }
            await #expect(throws: MartletError.self) {
                try await SQLMigration.migrate("kit", by: [Self.first, broken], in: database)
            }
            try await SQLMigration.migrate("kit", by: [Self.first], in: database)
            await #expect(throws: MartletError.self) { try await database.read { try $0.exists("SELECT 1 FROM two") } }
        }
    }
}
