import Foundation
import MartletCore
import MartletData
import MartletFeatures
import Testing

@testable import MartletPlatform

@Suite struct RowRequestTests {
    private static let card = ModelCard(
        name: "demand", target: "units", features: [], categories: [:], view: [:], timeKind: "integer",
        scale: .identity, scaleBy: nil,
        inputs: [
            InputColumn(name: "brand", presence: .required, isText: false, minimum: 1, maximum: 3),
            InputColumn(
                name: "competitor_1", presence: .requiredUnless(column: "brand", values: ["1"]), isText: false,
                minimum: 1, maximum: 4),
            InputColumn(
                name: "competitor_2", presence: .requiredUnless(column: "brand", values: ["2"]), isText: false,
                minimum: 1, maximum: 4),
            InputColumn(name: "feature", presence: .required, isText: false, minimum: 0, maximum: 1),
            InputColumn(name: "note", presence: .optional, isText: true, minimum: nil, maximum: nil),
            InputColumn(name: "ounces", presence: .required, isText: false, minimum: 64, maximum: 128),
            InputColumn(name: "price", presence: .required, isText: false, minimum: 1, maximum: 4),
            InputColumn(name: "temperature", presence: .optional, isText: false, minimum: -5, maximum: 30),
            InputColumn(name: "week", presence: .required, isText: false, minimum: 1, maximum: 40),
        ],
        trees: 1, seed: 1
    )

    private static let view = FeatureView(
        name: "shelf", entity: ["brand"], source: "sales", eventTime: "week",
        bounds: [
            ColumnBounds(column: "competitor_*", minimum: 0.5, maximum: 9), ColumnBounds(column: "temperature", minimum: -90),
        ]
    )

    /// `ounces` of the contract is a number of packs, so training's values break it: it speaks of something else.
    private static let contract = """
        apiVersion: v3.1.0
        kind: DataContract
        id: sales
        version: 1.0.0
        status: active
        schema:
          - name: sales
            properties:
              - {name: brand, logicalType: integer, required: true, logicalTypeOptions: {minimum: 1, maximum: 11}}
              - {name: feature, logicalType: number, logicalTypeOptions: {minimum: 0, maximum: 1}}
              - {name: ounces, logicalType: integer, logicalTypeOptions: {maximum: 12}}
              - {name: week, logicalType: integer, logicalTypeOptions: {minimum: 1, maximum: 400}}

        """

    private static let good: [String: JSONValue] = [
        "brand": 3, "competitor_1": 1.5, "competitor_2": 2.5, "feature": 1, "ounces": 64, "week": 41,
    ]

    private func read(_ body: JSONValue) throws -> RowRequest {
        try RowRequest(
            body, card: Self.card, view: Self.view,
            contract: try Contract.parse(file: "sales.yaml", text: Self.contract), chosen: "price"
        )
    }

    /// The good request with some fields changed; null takes one away.
    private func read(changing fields: [String: JSONValue?]) throws -> RowRequest {
        var body = Self.good
        for (name, value) in fields { body[name] = value }
        return try read(.object(body))
    }

    private func refusal(changing fields: [String: JSONValue?]) throws -> String {
        let error = try #require(#expect(throws: MartletError.self) { try read(changing: fields) })
        #expect(error.code == .invalidInput)
        return error.message
    }

    @Test func `a whole request gives its row, its entity and its time`() throws {
        let request = try read(.object(Self.good))
        #expect(request.entity == [.integer(3)])
        #expect(request.time == 41)
        #expect(request.values["competitor_1"] == .real(1.5))
        #expect(request.values["note"] == .missing)
        #expect(request.values["price"] == nil)
        #expect(request.warnings.isEmpty)
    }

    @Test(
        arguments: [
            ["brand": 3, "competitor": ["1": 1.5, "2": 2.5], "feature": 1, "ounces": 64, "week": 41],
            ["brand": 3, "competitor": [1.5, 2.5], "feature": 1, "ounces": 64, "week": 41],
        ] as [JSONValue])
    func `nested members are spelt out`(body: JSONValue) throws {
        #expect(try read(body).values == read(.object(Self.good)).values)
    }

    @Test(arguments: [nil, 1.5, "nonsense"] as [JSONValue?])
    func `whatever a request says of its own brand as a competitor is ignored`(own: JSONValue?) throws {
        let request = try read(changing: ["brand": 1, "competitor_1": own])
        #expect(request.values["competitor_1"] == .missing)
        #expect(request.values["competitor_2"] == .real(2.5))
    }

    @Test func `a competitor that applies must be there`() throws {
        let message = try refusal(changing: ["competitor_2": nil])
        #expect(message == "field 'competitor_2' is missing; expected a number (training saw 1.0 to 4.0)")
    }

    @Test(
        arguments: [
            ("feature", nil, "field 'feature' is missing; expected a number (training saw 0.0 to 1.0)"),
            ("feature", .null, "field 'feature' is missing; expected a number (training saw 0.0 to 1.0)"),
            ("feature", "much", "field 'feature': expected a number (training saw 0.0 to 1.0), found 'much'"),
            ("feature", "1", "field 'feature': expected a number (training saw 0.0 to 1.0), found '1'"),
            ("featur", 1, "field 'featur' is unknown; did you mean 'feature'?"),
            ("note", 1.5, "field 'note': expected a text of at most 256 bytes, found '1.5'"),
            ("note", true, "field 'note': expected a text of at most 256 bytes, found 'true'"),
            (
                "price", 2.5,
                "field 'price' is unknown; the fields are brand, competitor_1, competitor_2, feature, note, ounces, temperature, week"
            ),
            ("feature", .number(.nan), "field 'feature': expected a number (training saw 0.0 to 1.0), found 'null'"),
            (
                "feature", .number(.infinity),
                "field 'feature': expected a number (training saw 0.0 to 1.0), found 'null'"
            ),
            (
                "week", 41.5,
                "field 'week': expected integer, found '41.5'; field 'week': expected a whole number, found '41.5'"
            ),
            ("feature", 2, "field 'feature': expected maximum 1, found '2'"),
            ("brand", 12, "field 'brand': expected maximum 11, found '12'"),
            ("week", 0, "field 'week': expected minimum 1, found '0'"),
        ] as [(String, JSONValue?, String)])
    func `a wrong field is named with what was expected and what came`(
        field: String, value: JSONValue?, expected: String
    ) throws {
        let message = try refusal(changing: [field: value])
        #expect(message == expected)
    }

    @Test func `all wrong fields are told at once`() throws {
        let message = try refusal(changing: ["feature": nil, "brand": "x", "colour": "red"])
        #expect(message.split(separator: ";").count >= 3)
        for name in ["feature", "brand", "colour"] { #expect(message.contains("'\(name)'")) }
    }

    @Test func `a value outside what training saw is answered with a warning`() throws {
        let request = try read(changing: ["competitor_1": 9, "temperature": -20])
        #expect(
            request.warnings == [
                "field 'competitor_1' is 9, outside what training saw (1.0 to 4.0)",
                "field 'temperature' is -20, outside what training saw (-5.0 to 30.0)",
            ]
        )
    }

    @Test func `a later event time is no warning`() throws {
        #expect(try read(changing: ["week": 60]).warnings.isEmpty)
    }

    @Test func `a contract that speaks of another quantity of the same name does not apply`() throws {
        #expect(try read(changing: ["ounces": 128]).values["ounces"] == .integer(128))
    }

    @Test(arguments: [nil, 3, "text", [], true] as [JSONValue]) func `a body that is no object is refused`(
        body: JSONValue
    ) throws {
        let error = #expect(throws: MartletError.self) { try read(body) }
        #expect(error?.message == "expected a JSON object with the row's fields, found \(body.kind)")
    }

    @Test func `at most twenty faults are told`() throws {
        let fields = Dictionary(uniqueKeysWithValues: (0..<500).map { ("zz\($0)", JSONValue.integer(1) as JSONValue?) })
        let message = try refusal(changing: fields)
        #expect(message.components(separatedBy: "is unknown").count == 21)
    }

    // MARK: Bounds and limits

    @Test(arguments: [
        ("competitor_1", 0.49, "field 'competitor_1': expected 0.5 to 9, found '0.49'"),
        ("competitor_2", 1e308, "field 'competitor_2': expected 0.5 to 9, found '1e+308'"),
        ("temperature", -90.5, "field 'temperature': expected -90 or more, found '-90.5'"),
    ])
    func `a value out of the view's bounds is refused`(_ field: String, _ value: Double, _ expected: String) throws {
        var body = Self.good
        body[field] = .number(value)
        let error = try #require(throws: MartletError.self) { try read(.object(body)) }
        #expect(error.message == expected)
    }

    @Test func `a value at the view's bounds is taken`() throws {
        var body = Self.good
        body["competitor_1"] = 0.5
        body["competitor_2"] = 9
        #expect(try read(.object(body)).values["competitor_2"] == .integer(9))
    }

    @Test func `a field that stands by itself and spelt out is refused`() throws {
        var body = Self.good
        body["competitor"] = ["1": 2]
        let error = try #require(throws: MartletError.self) { try read(.object(body)) }
        #expect(error.message == "field 'competitor_1' stands twice, by itself and spelt out; remove one")
    }

    @Test func `thousands of unknown fields are refused before they are compared`() throws {
        var body = Self.good
        for position in 0..<2_001 { body["x\(position)"] = 1 }
        let error = try #require(throws: MartletError.self) { try read(.object(body)) }
        #expect(error.message == "expected at most 2000 fields, found more; send one row")
    }

    @Test func `a text beyond its limit is refused`() throws {
        var body = Self.good
        body["note"] = .string(String(repeating: "x", count: 257))
        #expect(throws: MartletError.self) { try read(.object(body)) }
        body["note"] = .string(String(repeating: "x", count: 256))
        #expect(try read(.object(body)).warnings.isEmpty)
    }
}
