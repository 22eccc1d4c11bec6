import Testing

@testable import MartletEngines

@Suite struct SQLTextTests {
    @Test(arguments: [
        ("SELECT 1", "SELECT 1"), ("SELECT 1;", "SELECT 1"), ("SELECT 1 ; ;\n", "SELECT 1 "),
        ("SELECT 1; -- done; really", "SELECT 1"), ("SELECT 1 /* ; */;/* a /* nested; */ one; */", "SELECT 1 /* ; */"),
        ("SELECT ';'", "SELECT ';'"), ("SELECT 'it''s;'", "SELECT 'it''s;'"), ("SELECT \";\"", "SELECT \";\""),
        ("SELECT 1 -- ;", "SELECT 1 -- ;"), ("SELECT $$;$$;", "SELECT $$;$$"),
        ("SELECT $t$ $$; $t$", "SELECT $t$ $$; $t$"),
        ("SELECT E'\\';'", "SELECT E'\\';'"), ("SELECT $1;", "SELECT $1"), ("SELECT e'\\\\';", "SELECT e'\\\\'"),
        ("", ""), (";", ""), ("SELECT 'open;", "SELECT 'open;"), ("SELECT /* open;", "SELECT /* open;"),
        ("SELECT 5 - 3;", "SELECT 5 - 3"), ("SELECT 6 / 3;", "SELECT 6 / 3"), ("SELECT $", "SELECT $"),
    ])
    func `the end of a statement is cut off and nothing else`(sql: String, expected: String) {
        #expect(SQLText.withoutTerminator(sql) == expected)
    }

    @Test func `names become unique without colliding`() {
        #expect(SQLText.uniqueNames(["a", "b", "a", "a_2", "a"]) == ["a", "b", "a_3", "a_2", "a_4"])
    }
}
