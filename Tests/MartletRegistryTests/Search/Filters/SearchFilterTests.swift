import MartletCore
import Testing

@testable import MartletRegistry

@Suite struct SearchFilterTests {
    private func comparisons(_ text: String, of kind: SearchKind = .runs) throws -> [SearchComparison] {
        try SearchFilter(parsing: text, of: kind).comparisons
    }

    private func refusal(_ text: String, of kind: SearchKind = .runs) -> MartletError? {
        #expect(throws: MartletError.self) { try SearchFilter(parsing: text, of: kind) }
    }

    @Test func `an empty filter compares nothing`() throws {
        #expect(try comparisons("").isEmpty)
    }

    @Test func `a filter of runs is read with all that it may hold`() throws {
        let text = """
            metrics.`f1 score` >= 0.5 AND param.lr != "0.01" and tags.'a b' ILIKE '%x_' AND run_id NOT IN ('a', "b")
            AND attributes.Created < 5 AND datasets.context = 'train' AND tag.z IS NOT NULL
            """
        #expect(
            try comparisons(text) == [
                SearchComparison(entity: .metric, key: "f1 score", comparator: .greaterOrEqual, value: .number(0.5)),
                SearchComparison(entity: .parameter, key: "lr", comparator: .notEqual, value: .text("0.01")),
                SearchComparison(entity: .tag, key: "a b", comparator: .ilike, value: .text("%x_")),
                SearchComparison(entity: .attribute, key: "run_id", comparator: .isNotIn, value: .texts(["a", "b"])),
                SearchComparison(entity: .attribute, key: "start_time", comparator: .less, value: .integer(5)),
                SearchComparison(entity: .dataset, key: "context", comparator: .equal, value: .text("train")),
                SearchComparison(entity: .tag, key: "z", comparator: .isNotNull, value: .nothing),
            ])
    }

    @Test(arguments: ["metric", "metrics"]) func `metrics have two names`(name: String) throws {
        #expect(try comparisons("\(name).a = 1").first?.entity == .metric)
    }

    @Test(arguments: ["param", "params", "parameter", "parameters"]) func `parameters have four names`(name: String) throws {
        #expect(try comparisons("\(name).a = 'x'").first?.entity == .parameter)
    }

    @Test(arguments: ["attr.", "attribute.", "attributes.", "run.", ""]) func `attributes have four names and none`(name: String) throws {
        #expect(try comparisons("\(name)status = 'x'").first?.entity == .attribute)
    }

    @Test(arguments: [("run name", "run_name"), ("Run name", "run_name"), ("Run Name", "run_name")])
    func `aliases of attributes become their names`(alias: String, name: String) throws {
        #expect(try comparisons("attributes.`\(alias)` = 'x'").first?.key == name)
    }

    @Test func `escapes stay in a text and are read in a list`() throws {
        #expect(try comparisons(#"tags.a = 'it\'s'"#).first?.value == .text(#"it\'s"#))
        #expect(try comparisons(#"run_id IN ('it\'s')"#).first?.value == .texts(["it's"]))
    }

    @Test(arguments: [
        ("metrics.a > '1'", "Expected numeric value type for metric. Found '1'"),
        ("params.a = 1", "Expected a quoted string value for parameter (e.g. 'my-value'). Got value 1"),
        (
            "params.a = x",
            "Parameter value is either not quoted or unidentified quote types used for string value x. Use either single or double quotes."
        ),
        ("status IN ('x')", "Only ['run_id'] attributes support comparison with a list of quoted string values."),
        ("metric.a > 1 OR metric.b > 1", "Invalid clause(s) in filter string: 'OR'"),
        ("models.a = 'x'", "Invalid entity type 'models'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']"),
        ("datasets.x = 'y'", "Invalid dataset key 'x' specified. Valid keys are '{'context', 'digest', 'name'}'"),
        ("run_id IS NULL", "IS NULL / IS NOT NULL is only supported for tags and params, not for 'attribute' 'run_id'"),
        (
            "run_id IN (1, 'a')",
            "While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: (1, 'a')"
        ),
        ("   ", "Invalid filter '   '. Could not be parsed."),
        ("a = 'b'; c = 'd'", #"Search filter contained multiple expression "a = 'b'; c = 'd'". Provide AND-ed expression list."#),
        ("metrics.a-b > 1", "Invalid comparison clause. Expected 'Identifier' found 'metrics.a-b'"),
    ])
    func `what MLflow refuses is refused in its words`(text: String, message: String) throws {
        let error = try #require(refusal(text))
        #expect(error.code == .invalidInput)
        #expect(error.message == message)
    }

    // MARK: Limits

    @Test func `a filter of the longest length is read and a longer one refused`() throws {
        let start = "tags.a = '"
        let fill = String(repeating: "x", count: SearchFilter.lengthMaxBytes - start.utf8.count - 1)
        #expect(try comparisons("\(start)\(fill)'").first?.value == .text(fill))
        #expect(refusal("\(start)\(fill)x'")?.message.contains("at most 65536") == true)
    }

    @Test func `as many comparisons as may be are read and one more refused`() throws {
        let most = Array(repeating: "metrics.a > 1", count: SearchFilter.comparisonCountMax)
        #expect(try comparisons(most.joined(separator: " AND ")).count == SearchFilter.comparisonCountMax)
        #expect(refusal((most + ["metrics.a > 1"]).joined(separator: " AND "))?.message.contains("at most 256") == true)
    }

    @Test func `as many wildcards as may be are read, of all patterns together, and one more refused`() throws {
        let half = String(repeating: "%_", count: SearchFilter.wildcardCountMax / 4)
        let most = "tags.a LIKE '\(half)' AND tags.b ILIKE '\(half)'"
        #expect(try comparisons(most).count == 2)
        #expect(refusal("\(most) AND tags.c LIKE '%'")?.message.contains("513 '%' and '_', expected at most 512") == true)
    }

    @Test func `brackets nested deeper than sqlparse allows are refused as MLflow does it`() {
        let text = "run_id IN " + String(repeating: "(", count: 101) + "'a'" + String(repeating: ")", count: 101)
        #expect(refusal(text)?.message == "Error on parsing filter '\(text)'")
    }

    @Test(arguments: [
        "(", "[", "'", "\"", "`", "/*", "$a$", "CASE ", "BEGIN IF ", "a = ", "a.", "- ", ":= ", ", ", "\\'", "IN ('", "-- ", "--\n",
        "OVER ", " ",
    ])
    func `any text of one piece many times ends in an answer`(piece: String) throws {
        for start in ["", "tags.a = '"] {
            let count = (SearchFilter.lengthMaxBytes - start.utf8.count) / piece.utf8.count
            // Only that there is an answer is of interest here, not which.
            _ = try? SearchFilter(parsing: start + String(repeating: piece, count: count), of: .runs)
        }
    }

    @Test func `more tokens than sqlparse groups are refused as MLflow does it`() {
        let most = String(repeating: "- ", count: TokenGrouping.tokenCountMax / 2)
        #expect(refusal(most)?.message.hasPrefix("Invalid clause(s) in filter string: ") == true)
        #expect(refusal(most + "-")?.message == "Error on parsing filter '\(most)-'")
    }

    @Test func `random bytes of the grammar never trap`() throws {
        var random = SplitMix64(seed: 20_240_317)
        let alphabet = Array("ab.='\"`()[],;:-0123 \n\\$%_/*!<>é日".unicodeScalars)
        for _ in 0..<500 {
            let scalars = (0..<random.index(below: 40)).map { _ in alphabet[random.index(below: alphabet.count)] }
            let text = String(String.UnicodeScalarView(scalars))
            for kind in SearchKind.allCases {
                // Only that there is an answer is of interest here, not which.
                _ = try? SearchFilter(parsing: text, of: kind)
                _ = try? SearchOrder.orders(parsing: [text], of: kind)
            }
        }
    }
}
