import MartletCore
import Testing

@testable import MartletStore

struct PostgreSQLAddressTests {
    @Test(arguments: [
        ("postgresql://ann:se%40cret@db.example:5433/runs?sslmode=require", "postgresql://db.example:5433/runs"),
        ("postgres://[::1]:5432/runs", "postgresql://[::1]:5432/runs"),
        ("postgresql://one:1,two/runs", "postgresql://one:1,two/runs"),
        ("postgresql:///runs?host=/run/postgresql&password=secret", "postgresql:///runs"),
        ("postgresql://ann@/runs", "postgresql:///runs"),
    ])
    func `a description has neither user nor password`(_ url: String, _ description: String) throws {
        #expect(try PostgreSQLAddress(parsing: url).description == description)
    }

    @Test(arguments: [
        "", "host=db password=secret", "mysql://ann:secret@db/runs", "postgresql://ann:sec ret@db/runs", "postgresql://ann:secret%@db/runs",
        "postgresql://ann:secret%00@db/runs", "postgresql://ann:secret@x@db/runs", "postgresql://ann:sec/ret@db/runs",
        "postgresql://ann:sec?ret@db/runs", "postgresql://db:secret/runs", "postgresql://ann:secret@db/runs?a=b?c",
    ])
    func `what libpq might repeat in a message is refused without it`(_ url: String) {
        let error = #expect(throws: MartletError.self) { try PostgreSQLAddress(parsing: url) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains("secret") == false)
    }

    @Test func `a password is taken out of a message`() throws {
        let address = try PostgreSQLAddress(parsing: "postgresql://ann:se%40cret@db/runs?sslpassword=other")
        #expect(address.withoutSecrets("se@cret or se%40cret, other") == "*** or ***, ***")
    }
}
