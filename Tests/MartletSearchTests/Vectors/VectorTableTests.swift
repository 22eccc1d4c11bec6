import MartletCore
import MartletEngines
import Testing

@testable import MartletSearch

@Suite struct VectorTableTests {
    private func rows(_ select: String, id: String = "id", _ vector: VectorColumns, _ metric: VectorMetric = .l2) throws -> VectorRows {
        try VectorTable("(\(select))", try DuckDBDatabase().connect()).rows(id: id, vector: vector, metric: metric)
    }

    private func message(_ select: String, id: String = "id", _ vector: VectorColumns = .list("v")) -> String {
        #expect(throws: MartletError.self) { try VectorIndex.build(try rows(select, id: id, vector)) }?.message ?? ""
    }

    @Test func `columns of numbers are a vector, whatever their types`() throws {
        let rows = try rows("SELECT 'k' AS id, 1 AS a, '2.5' AS b, true AS c, 4.25::DECIMAL(9, 2) AS d", .numbers(["a", "b", "c", "d"]))
        #expect(rows.ids == ["k"])
        #expect(rows.elements == [1, 2.5, 1, 4.25])
    }

    @Test(arguments: ["[1.5, 2]", "'[1.5, 2]'", "[1.5, 2]::FLOAT[2]", "[1.5, 2]::DECIMAL(4, 1)[]"])
    func `a column of lists is a vector, also as text`(list: String) throws {
        let rows = try rows("SELECT 7 AS id, \(list) AS v", .list("v"))
        #expect(rows.ids == ["7"])
        #expect(rows.elements == [1.5, 2])
    }

    @Test func `rows come in the table's order over several pieces, and are counted on the way`() throws {
        let source = "(SELECT 'n' || range AS id, [range, 1] AS v FROM range(5000))"
        var told: [Int] = []
        let rows = try VectorTable(source, try DuckDBDatabase().connect()).rows(id: "id", vector: .list("v"), metric: .l2) {
            told.append($0)
        }
        #expect(rows.ids == (0..<5_000).map { "n\($0)" })
        #expect(rows.elements.count == 10_000)
        #expect(rows.elements[9_998] == 4_999)
        #expect(told.count > 1)
        #expect(told.last == 5_000)
    }

    @Test func `what is missing, too short or no number is counted`() {
        let lists =
            "SELECT * FROM (VALUES ('a', '[1, 2]'), ('b', '[1]'), ('c', NULL), ('d', 'x'), (NULL, '[3, 4]'), ('e', '[5, 6]')) t(id, v)"
        let reasons = message(lists)
        #expect(reasons.hasPrefix("4 of 6 rows cannot be indexed: 1 without an id (the first is row 5), 2 with a number that is missing"))
        #expect(reasons.contains("1 with a list of another length (the first is row 2)"))
        #expect(message("SELECT 'a' AS id, NULL AS v, 1 AS w", .numbers(["v", "w"])).hasPrefix("1 of 1 rows"))
    }

    @Test func `columns that do not serve are refused by name and type`() {
        #expect(message("SELECT 1.5 AS id, [1] AS v").hasPrefix("column 'id': expected texts or whole numbers as ids, found DECIMAL(2,1)"))
        #expect(message("SELECT true AS id, [1] AS v").contains("found BOOLEAN"))
        #expect(message("SELECT 1 AS id, 3 AS v").hasPrefix("column 'v': expected lists of numbers, found INTEGER"))
        #expect(message("SELECT 1 AS id, [1] AS v WHERE false").hasPrefix("column 'v': expected lists of numbers"))
        #expect(message("SELECT 1 AS id, [1] AS v", id: "di") == "the table has no column 'di'; did you mean 'id'?")
        #expect(message("SELECT 1 AS id, [1] AS vec", .numbers(["id", "w"])) == "the table has no column 'w'; it has id, vec")
        #expect(message("SELECT 1 AS id, range(4097) AS v").contains("expected 1 to 4,096 numbers each, found 4,097"))
    }
}
