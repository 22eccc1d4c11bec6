import MartletCore
import MartletFeatures
import Testing

struct RowExpressionTests {
    private func value(_ text: String, _ columns: [String: Double] = [:]) throws -> Double {
        var batch = ColumnBatch(count: 1)
        for (name, value) in columns { batch[name] = .scalar(value) }
        return try RowExpression(text).evaluate(batch)[0]
    }

    @Test(arguments: [
        ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("10 - 4 - 3", 3), ("100 / 10 / 5", 2), ("2 - -3", 5), ("--2", 2),
        ("-2 * 3", -6), ("-(1 + 2)", -3), ("2 * -3 + 1", -5), ("1.5e2", 150), (".5 + 1E-1", 0.6), ("min(3, 1, 2)", 1),
        ("max(3, 1, 2)", 3), ("mean(1, 2, 6)", 3), ("abs(-2)", 2), ("sqrt(9)", 3), ("exp(0)", 1), ("log(1)", 0),
        ("coalesce(1, 2)", 1), ("  7\t", 7), ("max(1,\n2)", 2),
    ])
    func `arithmetic has its usual order`(_ text: String, _ expected: Double) throws {
        #expect(try value(text) == expected)
    }

    @Test(arguments: [
        "gap + 1", "1 * gap", "-gap", "log(gap)", "exp(gap)", "sqrt(gap)", "abs(gap)", "min(gap, gap)", "max(gap)",
        "mean(gap, gap)", "coalesce(gap, gap)", "log(0)", "log(-1)", "sqrt(-1)", "1 / 0", "0 / 0", "1 / (2 - 2)",
        "min(nothing_*)", "mean(nothing_*)", "coalesce(nothing_*)",
    ])
    func `what cannot be computed is missing`(_ text: String) throws {
        #expect(try value(text, ["gap": .nan]).isNaN)
    }

    @Test(arguments: [
        ("min(gap, 2, 3)", 2), ("max(2, gap, 1)", 2), ("mean(1, gap, 3)", 2), ("coalesce(gap, 5, 6)", 5),
        ("coalesce(log(0), 4)", 4), ("min(c_*)", 1), ("max(c_*, 7)", 7), ("mean(c_*, gap)", 2), ("mean( c_* , 5)", 3),
        ("coalesce(c_*)", 3),
    ])
    func `missing arguments are skipped`(_ text: String, _ expected: Double) throws {
        // c_10 comes before c_2: a prefix' columns are taken in the order of their names.
        #expect(try value(text, ["gap": .nan, "c_1": .nan, "c_10": 3, "c_2": 1, "d_1": 100]) == expected)
    }

    @Test func `a star within a product is no prefix`() throws {
        #expect(try value("max(a*b, 1)", ["a": 2, "b": 3]) == 6)
        #expect(try value("max(a * b)", ["a": 2, "b": 3]) == 6)
    }

    @Test func `columns are those that are read, prefixes among them`() throws {
        let expression = try RowExpression("log(price / mean(competitor_*)) + price * week")
        #expect(expression.columns == ["price", "competitor_*", "week"])
        #expect(
            try expression.resolvedColumns(among: ["week", "competitor_2", "price", "competitor_1"])
                == ["competitor_2", "competitor_1", "price", "week"]
        )
    }

    @Test func `an unknown column is refused with the nearest one`() throws {
        let expression = try RowExpression("log(prise)")
        let error = try #require(throws: MartletError.self) { try expression.resolvedColumns(among: ["price", "week"]) }
        #expect(error.code == .notFound)
        #expect(error.message == "'log(prise)': there is no column 'prise'; did you mean 'price'? The columns are price, week")
        let far = try #require(throws: MartletError.self) { try expression.resolvedColumns(among: ["a"]) }
        #expect(far.message == "'log(prise)': there is no column 'prise'. The columns are a")
        #expect(throws: MartletError.self) { try expression.evaluate(ColumnBatch(count: 1)) }
    }

    @Test(arguments: [
        ("", "'', character 1: expected a number, a column, a function or '(', found the end"),
        ("1 +", "'1 +', character 4: expected a number, a column, a function or '(', found the end"),
        ("(1", "'(1', character 3: expected ')', found the end"),
        ("1 2", "'1 2', character 3: expected an operator or the end, found '2.0'"),
        ("price log", "'price log', character 7: expected an operator or the end, found 'log'"),
        ("a ^ 2", "'a ^ 2', character 3: expected an operator or the end, found '^'"),
        ("1)", "'1)', character 2: expected an operator or the end, found ')'"),
        ("1.2.3", "'1.2.3', character 1: expected a number, found '1.2.3'"),
        ("2 * 1e", "'2 * 1e', character 5: expected a number, found '1e'"),
        ("1e999", "'1e999', character 1: expected a number, found '1e999'"),
        ("½", "'½', character 1: expected a number, found '½'"),
        ("max()", "'max()', character 5: expected a number, a column, a function or '(', found ')'"),
        ("max(1,)", "'max(1,)', character 7: expected a number, a column, a function or '(', found ')'"),
        ("log(1, 2)", "'log(1, 2)': 'log' takes one argument"),
        ("log(a*)", "'log(a*)': 'log' takes one argument"),
        ("a* + 1", "'a* + 1', character 4: expected a number, a column, a function or '(', found '+'"),
        ("lgo(1)", "'lgo(1)': there is no function 'lgo'; did you mean 'log'?"),
        ("negate(1)", "'negate(1)': there is no function 'negate'; there are log, exp, sqrt, abs, min, max, mean, coalesce"),
        ("é' DROP", "'é' DROP', character 2: expected an operator or the end, found '''"),
    ])
    func `a fault is reported at its character`(_ text: String, _ message: String) throws {
        let error = try #require(throws: MartletError.self) { try RowExpression(text) }
        #expect(error.code == .invalidInput)
        #expect(error.message == message)
    }

    @Test(arguments: [("(", "1", ")"), ("-", "1", ""), ("abs(", "1", ")"), ("(-", "1", ")")])
    func `nesting ends at 100 levels`(_ open: String, _ middle: String, _ close: String) throws {
        func nested(_ count: Int) -> String {
            String(repeating: open, count: count) + middle + String(repeating: close, count: count)
        }
        // The formula itself is the first level; a sign and a parenthesis are two.
        let most = open == "(-" ? 49 : 99
        #expect(try value(nested(most)).magnitude == 1)
        let error = try #require(throws: MartletError.self) { try RowExpression(nested(100)) }
        #expect([.limitExceeded, .invalidInput].contains(error.code))
        #expect(throws: MartletError.self) { try RowExpression(nested(100_000)) }
    }

    @Test(arguments: ["+", "-", "*", "/"])
    func `a chain ends at 1,000 operators`(_ sign: String) throws {
        func chain(_ operators: Int) -> String { Array(repeating: "a", count: operators + 1).joined(separator: sign) }
        #expect(try value(chain(1_000), ["a": 1]).isFinite)
        let error = try #require(throws: MartletError.self) { try RowExpression(chain(1_001)) }
        #expect(error.code == .limitExceeded)
    }

    @Test func `a column that is the same in all rows is spelt out`() throws {
        var batch = ColumnBatch(count: 3)
        batch["price"] = .vector([1, 2, .nan])
        batch["mean"] = .scalar(2)
        let values = try RowExpression("price / mean").evaluate(batch)
        #expect(values.map(\.description) == ["0.5", "1.0", "nan"])
        #expect(try RowExpression("mean").evaluate(batch) == [2, 2, 2])
        #expect(batch.vector("mean") == [2, 2, 2] && batch.vector("none") == nil)
    }
}
