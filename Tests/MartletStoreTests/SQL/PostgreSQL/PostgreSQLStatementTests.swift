import Testing

@testable import MartletStore

struct PostgreSQLStatementTests {
    @Test(arguments: [
        ("SELECT 1", "SELECT 1", 0), ("a = ? AND b IN (?,?)", "a = $1 AND b IN ($2,$3)", 3), ("'it''s ?' || ?", "'it''s ?' || $1", 1),
        ("\"a?\" = ?", "\"a?\" = $1", 1), ("1 - ? -- why?\n + ?", "1 - $1 -- why?\n + $2", 2),
        ("/* ? */ ? / 2 * ?", "/* ? */ $1 / 2 * $2", 2),
        ("é = ?", "é = $1", 1),
    ])
    func `a question mark is a placeholder, except within quotes and comments`(_ sql: String, _ text: String, _ count: Int) {
        let statement = PostgreSQLStatement(sql)
        #expect(statement.text == text)
        #expect(statement.placeholderCount == count)
    }
}
