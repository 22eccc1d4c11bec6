import MartletCore
import Testing

struct TableTests {
    private let table = Table([
        Column("flag", .boolean([true, nil, false])), Column("count", .integer([1, nil, -3])),
        Column("price", .real([0.5, .nan, 2])), Column("name", .text(["a", nil, ""])),
    ])

    @Test func `a missing cell is missing in every type`() {
        #expect(table.columns.map { $0[1] } == [.missing, .missing, .missing, .missing])
        #expect(table.columns.map { $0[2] } == [.boolean(false), .integer(-3), .real(2), .text("")])
    }

    @Test func `numbers of a column are nan where missing or text`() throws {
        #expect(try table.column("flag").doubles.map(\.description) == ["1.0", "nan", "0.0"])
        #expect(try table.column("count").doubles.map(\.description) == ["1.0", "nan", "-3.0"])
        #expect(try table.column("name").doubles.allSatisfy(\.isNaN))
    }

    @Test func `an unknown column is refused with those that are there`() throws {
        let error = try #require(throws: MartletError.self) { try table.column("cost") }
        #expect(error.code == .notFound)
        #expect(error.message == "there is no column 'cost'; the columns are flag, count, price, name")
    }

    @Test func `rows are taken in the order that is asked for, again and again`() throws {
        let taken = table.taking([2, 0, 2])
        #expect(taken.rowCount == 3 && taken.names == table.names)
        #expect(try taken.column("count").values == .integer([-3, 1, -3]))
        #expect(table.taking([]).rowCount == 0)
    }

    @Test func `whole reals count as integers`() throws {
        #expect(try Column("n", .real([2, -0.0, 1e15])).integers() == [2, 0, 1_000_000_000_000_000])
    }

    @Test(arguments: [
        Column("n", .real([1, 0.5])), Column("n", .real([1, .nan])), Column("n", .real([1, .infinity])),
        Column("n", .real([1, 1e19])), Column("n", .integer([1, nil])), Column("n", .text(["1", "2"])),
        Column("n", .boolean([true, true])),
    ])
    func `what is not whole is no integer`(_ column: Column) throws {
        let error = try #require(throws: MartletError.self) { try column.integers() }
        #expect(error.code == .invalidInput)
        #expect(error.message.contains("column 'n': expected a whole number"))
    }

    @Test func `columns of one type are joined in it, others as numbers`() {
        let left = Column("n", .integer([1, nil]))
        #expect(left.appending(Column("n", .integer([2]))).values == .integer([1, nil, 2]))
        #expect(left.appending(Column("n", .boolean([true]))).doubles.map(\.description) == ["1.0", "nan", "1.0"])
    }

    @Test func `a value is the same through JSON, but for numbers that JSON lacks`() {
        let values: [Value] = [.missing, .boolean(true), .integer(-1), .real(0.5), .text("é")]
        #expect(values.map { Value($0.json) } == values)
        #expect(Value.real(.infinity).json == .null && Value([1] as JSONValue) == nil && Value(["a": 1]) == nil)
    }
}

struct MatrixTests {
    @Test func `columns and rows lie where they are looked for`() {
        let matrix = Matrix(names: ["a", "b"], columns: [[1, 2, 3], [4, 5, 6]])
        #expect(matrix.elements == [1, 4, 2, 5, 3, 6])
        #expect(matrix.rowCount == 3 && matrix[1, 1] == 5 && matrix.column(0) == [1, 2, 3])
        #expect(matrix.taking([2, 0]).elements == [3, 6, 1, 4])
    }

    @Test func `a matrix without columns has no rows`() {
        let matrix = Matrix(names: [], columns: [])
        #expect(matrix.rowCount == 0 && matrix.taking([]).elements.isEmpty)
    }
}
