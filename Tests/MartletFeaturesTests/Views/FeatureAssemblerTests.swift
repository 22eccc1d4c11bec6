import MartletCore
import MartletFeatures
import Testing

struct FeatureAssemblerTests {
    private let rows = Table([
        Column("brand", .real([2, 1, .nan, 10])), Column("size", .text(["l", "s", "l", nil])),
        Column("c_1", .real([1, 2, 3, 4])), Column("c_2", .integer([5, nil, 7, 8])), Column("price", .real([9, 8, 7, 6])),
    ])

    private func view() throws -> FeatureView {
        FeatureView(
            name: "shelf", entity: ["brand"], source: "sales", eventTime: "week",
            formulas: [
                FormulaFeature(name: "gap", expression: try RowExpression("price - mean(c_*)")),
                FormulaFeature(name: "twice", expression: try RowExpression("2 * gap")),
            ]
        )
    }

    private func assembler(_ features: [String], categorical: [String] = []) throws -> FeatureAssembler {
        try FeatureAssembler(
            view: try view(), features: features, categorical: categorical, rowColumns: rows.names, training: rows
        )
    }

    @Test func `features come in the order that was asked for, prefixes in the order of the columns`() throws {
        let matrix = try assembler(["twice", "c_*", "price"]).matrix(of: rows)
        #expect(matrix.names == ["twice", "c_1", "c_2", "price"])
        #expect(bits(matrix.elements) == bits([12, 1, 5, 9, 12, 2, .nan, 8, 4, 3, 7, 7, 0, 4, 8, 6]))
    }

    @Test func `a category's code is its place among the sorted names of training`() throws {
        let assembler = try assembler(["brand", "size", "price"], categorical: ["brand", "size"])
        #expect(assembler.categories == ["brand": ["1", "10", "2"], "size": ["l", "s"]])
        #expect(assembler.categoricalPositions == [0, 1])
        let matrix = try assembler.matrix(of: rows)
        #expect(bits(matrix.column(0)) == bits([2, 0, .nan, 1]) && bits(matrix.column(1)) == bits([0, 1, 0, .nan]))
    }

    @Test(
        arguments: [
            (.integer(2), 2), (.real(2), 2), (.text("2"), 2), (.real(2.5), .nan), (.integer(3), .nan), (.missing, .nan),
            (.boolean(true), .nan), (.text(""), .nan),
        ] as [(Value, Double)])
    func `a request's category is found however it is written, and an unseen one is missing`(
        _ value: Value, _ code: Double
    ) throws {
        let row = ["brand": value, "price": .real(1), "c_1": .real(2)]
        let matrix = try assembler(["brand"], categorical: ["brand"]).matrix(row: row, history: nil)
        #expect(bits(matrix.elements) == bits([code]))
    }

    @Test func `a feature that nothing makes is refused with the nearest one`() throws {
        let error = try #require(throws: MartletError.self) { try assembler(["price", "gpa"]) }
        #expect(error.code == .notFound)
        #expect(
            error.message == "features 'shelf' have no 'gpa'; did you mean 'gap'? "
                + "There are brand, size, c_1, c_2, price, gap, twice"
        )
        #expect(throws: MartletError.self) { try assembler(["d_*"]) }
        #expect(throws: MartletError.self) { try assembler(["price"], categorical: ["colour"]) }
    }

    @Test func `a request that lacks a column that is read is refused`() throws {
        let error = try #require(throws: MartletError.self) {
            try assembler(["gap"]).matrix(row: ["c_1": .real(1)], history: nil)
        }
        #expect(error.code == .notFound && error.message.contains("'price'"))
    }

    @Test func `a request carries what features and formulas read, and nothing that they make`() throws {
        let available = rows.names + ["week", "twice"]
        #expect(try assembler(["twice", "size"]).inputNames(among: available) == ["size", "price", "c_1", "c_2"])
        #expect(try assembler(["c_1"]).inputNames(among: available) == ["price", "c_1", "c_2"])
    }
}
