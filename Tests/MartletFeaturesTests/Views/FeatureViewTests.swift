import MartletCore
import MartletFeatures
import Testing

struct FeatureViewTests {
    @Test func `a view is the same after being written and read`() throws {
        let view = try SalesBench.view(knownAfter: 3, select: "SELECT * FROM sales")
        let text = view.definition.canonicalText
        #expect(try FeatureView(definition: JSONValue(parsing: text, as: "view")) == view)
        let plain = FeatureView(name: "v", entity: ["a"], source: "s", eventTime: "t")
        #expect(try FeatureView(definition: plain.definition) == plain)
    }

    private static let definition: [String: JSONValue] = [
        "name": "v", "entity": ["a"], "source": "s", "select": nil, "event_time": "t", "known_after": 1, "history": [],
        "formulas": [],
    ]
    private static let broken: [(String, JSONValue)] = [
        ("name", nil), ("entity", "a"), ("event_time", 3), ("known_after", 0), ("known_after", -1), ("history", [["name": "x"]]),
        ("history", [["name": "x", "aggregate": "median", "column": "c"]]), ("formulas", [["name": "x"]]),
    ]

    @Test(arguments: broken)
    func `a damaged definition is corrupt`(_ key: String, _ value: JSONValue) throws {
        var definition = Self.definition
        #expect(throws: Never.self) { try FeatureView(definition: .object(definition)) }
        definition[key] = value
        let error = try #require(throws: MartletError.self) { try FeatureView(definition: .object(definition)) }
        #expect(error.code == .corrupt)
    }
}
