import MartletCore
import Testing

@testable import MartletData

@Suite struct ContractParserTests {
    @Test func `a contract is read with its columns, key, rules and limit`() throws {
        let contract = try Contract.of(
            """
            - {name: id, logicalType: integer, primaryKey: true, primaryKeyPosition: 2}
            - {name: shop, physicalName: SHOP_CODE, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
            - {name: price, logicalType: number, logicalTypeOptions: {minimum: 0, multipleOf: 0.5}, required: true}
            - {name: sold, logicalType: date, logicalTypeOptions: {format: dd.MM.yyyy, minimum: '2020-01-01'}, unique: true}
            """,
            table: "quality: [{metric: rowCount, mustBeBetween: [1, 10]}]",
            top: """
                team: {name: pricing, members: [{username: ada}]}
                slaProperties: [{property: latency, value: 2, unit: d, element: sales.sold}]
                customProperties: [{property: quarantineLimit, value: 1%}]
                """
        )
        #expect(contract.primaryKey == ["shop", "id"])
        #expect(contract.owner == "pricing")
        #expect(contract.quarantineLimit == 0.01)
        #expect(contract.freshness == [Freshness(column: "sold", ageMaxSeconds: 172_800)])
        #expect(contract.rules.map(\.comparison) == [.between(1, 10)])
        #expect(contract.properties.map(\.sourceName) == ["id", "SHOP_CODE", "price", "sold"])
        #expect(contract.properties.map(\.isRequired) == [true, true, true, false])
        #expect(contract.properties[2].constraints == [.minimum(0), .multipleOf(0.5)])
        #expect(contract.properties[3].format == "%d.%m.%Y")
    }

    @Test func `what the standard has and Martlet does not enforce is accepted, and told where it is a rule`() throws {
        let contract = try Contract.of(
            """
            - name: mail
              id: mail_id
              logicalType: string
              logicalTypeOptions: {format: email}
              description: ''
              tags: [personal]
              classification: restricted
              examples: [a@b.c]
              relationships: [{to: people.mail}]
              quality: [{type: custom, engine: soda, implementation: 'x: 1'}, {type: text, description: verified}]
            """,
            top: """
                name: Sales
                tenant: ~
                description: {usage: pricing, purpose: learning}
                price: {priceAmount: 1, priceCurrency: EUR}
                servers: [{server: here, type: local, path: x.csv, format: csv}]
                support: [{channel: help, url: 'https://example.org'}]
                roles: [{role: reader, access: read}]
                team: [{username: ada, role: owner}]
                slaProperties: [{property: retention, value: 3, unit: y}]
                """
        )
        #expect(contract.owner == "ada")
        #expect(
            contract.unenforced == [
                "format of 'mail'", "custom rule of 'mail'", "text rule of 'mail'", "service level 'retention'",
            ]
        )
    }

    @Test func `a rule that allows nothing broken becomes a check of rows`() throws {
        let contract = try Contract.of(
            """
            - name: unit
              logicalType: string
              quality:
                - {metric: nullValues, mustBe: 0}
                - {metric: invalidValues, arguments: {validValues: [kg, lb]}, mustBeLessThan: 1}
                - {metric: missingValues, arguments: {missingValues: [null, 'N/A']}, mustBeLessOrEqualTo: 0}
                - {metric: duplicateValues, mustBe: 0}
            """,
            table: "quality: [{metric: duplicateValues, arguments: {properties: [unit]}, mustBe: 0}]"
        )
        let property = try #require(contract.property("unit"))
        #expect(property.isRequired)
        #expect(property.isUnique)
        #expect(property.constraints == [.validValues(["kg", "lb"]), .missingValues(["N/A"])])
        #expect(contract.uniqueKeys == [["unit"]])
        #expect(contract.rules.isEmpty)
    }

    @Test func `a rule with room for faults stays a measure of the table`() throws {
        let contract = try Contract.of(
            """
            - name: unit
              logicalType: string
              quality:
                - {metric: nullValues, mustBeLessThan: 1, unit: percent}
                - {metric: nullValues, mustBe: 0, severity: warning}
                - {type: sql, query: 'SELECT count({property}) FROM {object}', mustBeGreaterThan: 3}
            """
        )
        #expect(contract.rules.map(\.isPercent) == [true, false, false])
        #expect(contract.rules.map(\.isWarning) == [false, true, false])
        #expect(contract.properties[0].isRequired == false)
    }

    @Test func `descriptions do not change the digest, and rules do`() throws {
        let plain = try Contract.of("- {name: id, logicalType: integer}").digest
        #expect(try Contract.of("- {name: id, logicalType: integer, description: a key}").digest == plain)
        #expect(try Contract.of("- {name: id, logicalType: integer, required: true}").digest != plain)
    }

    @Test func `a contract is the same after JSON`() throws {
        let contract = try Contract.of(
            "- {name: x, logicalType: number, logicalTypeOptions: {minimum: 0.5, maximum: 7}}")
        #expect(try JSONValue(encoding: contract).decoded(as: Contract.self) == contract)
    }

    static let propertyFaults: [(String, String)] = [
        ("- {nam: id, logicalType: integer}", "did you mean 'name'?"),
        ("- {name: id}", "the key 'logicalType' is missing"),
        ("- {name: id, logicalType: intger}", "did you mean 'integer'?"),
        ("- {name: id, logicalType: array}", "a dataset is a flat table"),
        ("- {name: id, logicalType: integer, logicalTypeOptions: {minLength: 3}}", "found the key 'minLength'"),
        ("- {name: id, logicalType: integer, logicalTypeOptions: {minimum: low}}", "expected an integer, found 'low'"),
        ("- {name: id, logicalType: integer, logicalTypeOptions: {minimum: 5, maximum: 4}}", "no value can be both"),
        ("- {name: id, logicalType: number, logicalTypeOptions: {multipleOf: 0}}", "expected a number above 0"),
        ("- {name: id, logicalType: integer, logicalTypeOptions: {format: i33}}", "found 'i33'"),
        ("- {name: id, logicalType: string, logicalTypeOptions: {minLength: -1}}", "expected a length from 0"),
        ("- {name: id, logicalType: string, logicalTypeOptions: {minLength: 5, maxLength: 4}}", "no text can be both"),
        ("- {name: id, logicalType: string, logicalTypeOptions: {pattern: '('}}", "expected a regular expression"),
        ("- {name: id, logicalType: date, logicalTypeOptions: {minimum: '2024-02-30'}}", "such as '2024-03-01'"),
        ("- {name: id, logicalType: date, logicalTypeOptions: {format: yyyyQQ}}", "has 'Q'"),
        ("- {name: id, logicalType: timestamp, logicalTypeOptions: {defaultTimezone: Europe/Berlin}}", "expected UTC"),
        ("- {name: id, logicalType: integer, required: maybe}", "expected true or false"),
        ("- {name: id, logicalType: integer, primaryKeyPosition: 1}", "beside 'primaryKey: true'"),
        ("- {name: _row, logicalType: integer}", "is Martlet's own"),
        ("- {name: id, logicalType: integer}\n- {name: ID, logicalType: integer}", "is there already as 'id'"),
        (
            "- {name: a, logicalType: integer, physicalName: x}\n- {name: b, logicalType: integer, physicalName: x}",
            "reads 'x' as 'a' does"
        ),
        (
            "- {name: a, logicalType: integer, primaryKey: true, primaryKeyPosition: 1}\n"
                + "- {name: b, logicalType: integer, primaryKey: true, primaryKeyPosition: 1}", "is also that of 'a'"
        ),
        ("- {name: id, logicalType: integer, quality: {metric: nullValues}}", "expected a list"),
        ("- {name: id, logicalType: integer, quality: [{metric: nulValues, mustBe: 0}]}", "did you mean 'nullValues'?"),
        ("- {name: id, logicalType: integer, quality: [{metric: rowCount, mustBe: 0}]}", "found 'rowCount'"),
        ("- {name: id, logicalType: integer, quality: [{metric: nullValues}]}", "found none"),
        ("- {name: id, logicalType: integer, quality: [{mustBe: 0}]}", "the key 'metric' is missing"),
        (
            "- {name: id, logicalType: integer, quality: [{metric: nullValues, mustBe: 0, mustNotBe: 1}]}",
            "mustBe and mustNotBe"
        ),
        (
            "- {name: id, logicalType: integer, quality: [{metric: nullValues, mustBeBetween: [2, 1]}]}",
            "the smaller first"
        ),
        ("- {name: id, logicalType: integer, quality: [{metric: nullValues, mustBe: 0, unit: cows}]}", "found 'cows'"),
        (
            "- {name: id, logicalType: integer, quality: [{metric: invalidValues, mustBe: 0}]}",
            "the arguments are missing"
        ),
        (
            "- {name: id, logicalType: integer, quality: [{metric: missingValues, mustBe: 0}]}",
            "'missingValues' is missing"
        ),
        (
            "- {name: id, logicalType: integer, quality: [{metric: invalidValues, mustBe: 0, arguments: {pattern: a}}]}",
            "a pattern is for texts"
        ),
        ("- {name: id, logicalType: integer, quality: [{rule: nullCheck, mustBe: 0}]}", "deprecated"),
        ("- {name: id, logicalType: integer, quality: [{type: sql, mustBe: 0}]}", "the key 'query' is missing"),
        ("- {name: id, logicalType: integer, tags: one}", "expected a list"),
        ("- {name: id, logicalType: integer, customProperties: [{property: a, valeu: 1}]}", "did you mean 'value'?"),
    ]

    @Test(arguments: propertyFaults) func `a faulty column is refused with the place and the fault`(
        _ yaml: String, _ fault: String
    ) {
        #expect { try Contract.of(yaml) } throws: { error in
            guard let error = error as? SpecificationError else { return false }
            let places = error.diagnostics.allSatisfy { $0.file == "sales.yaml" && $0.line > 9 && $0.column > 1 }
            return places && error.description.contains(fault)
        }
    }

    static let topFaults: [(String, String)] = [
        ("dscription: {}", "did you mean 'description'?"),
        ("description: {usag: x}", "did you mean 'usage'?"),
        ("team: {members: [{usernam: x}]}", "did you mean 'username'?"),
        ("servers: [{server: a, type: local, pth: x}]", "did you mean 'path'?"),
        ("slaProperties: [{property: latency, value: 1, unit: fortnight, element: id}]", "found 'fortnight'"),
        ("slaProperties: [{property: latency, value: 1, element: sold}]", "the key 'unit' is missing"),
        ("slaProperties: [{property: latency, value: 1, unit: d}]", "the key 'element' is missing"),
        ("slaProperties: [{property: latency, value: 0, unit: d, element: sold}]", "expected an age above 0"),
        ("slaProperties: [{property: freshness, value: 1, unit: d, element: sales.sol}]", "did you mean 'sold'?"),
        ("slaProperties: [{property: latency, value: 1, unit: d, element: id}]", "found 'id' of type integer"),
        ("customProperties: [{property: quarantineLimit, value: 120%}]", "from 0% to 100%"),
        ("customProperties: [{property: quarantineLimit, value: few}]", "a share such as 5%"),
    ]

    @Test(arguments: topFaults) func `a faulty part of a contract is refused`(_ yaml: String, _ fault: String) {
        let columns = "- {name: id, logicalType: integer}\n- {name: sold, logicalType: date}"
        #expect { try Contract.of(columns, top: yaml) } throws: { "\($0)".contains(fault) }
    }

    static let wholeFaults: [(String, String)] = [
        ("", "the key 'schema' is missing"),
        ("- a", "expected a mapping"),
        ("a: [", "expected YAML"),
        ("apiVersion: v2.2.2\nkind: DataContract\nid: a\nversion: 1\nstatus: x\nschema: []", "found 'v2.2.2'"),
        (
            "apiVersion: v3.1.0\nkind: Contract\nid: a\nversion: 1\nstatus: x\nschema: []",
            "expected one of DataContract"
        ),
        (
            "apiVersion: v3.1.0\nkind: DataContract\nid: a\nversion: 1\nstatus: x\nschema: []",
            "expected one table, found 0"
        ),
        (
            "apiVersion: v3.1.0\nkind: DataContract\nid: a\nversion: 1\nstatus: x\nschema: [{name: t, properties: []}]",
            "expected at least one property"
        ),
    ]

    @Test(arguments: wholeFaults) func `a text that is no contract is refused`(_ text: String, _ fault: String) {
        #expect { try Contract.parse(file: "x.yaml", text: text) } throws: { "\($0)".contains(fault) }
    }

    private static let twoTables = """
        apiVersion: v3.1.0
        kind: DataContract
        id: shop
        version: 1.0.0
        status: active
        slaProperties: [{property: latency, value: 1, unit: d, element: 'sales.day,stock.day'}]
        schema:
          - {name: sales, properties: [{name: day, logicalType: date}]}
          - {name: stock, properties: [{name: day, logicalType: timestamp}]}
        """

    @Test func `one of several tables is read by its name`() throws {
        let contract = try Contract.parse(file: "x.yaml", text: Self.twoTables, table: "stock")
        #expect(contract.properties.map(\.type) == [.timestamp])
        #expect(contract.freshness.count == 1)
    }

    @Test func `several tables without a name are refused`() {
        #expect { try Contract.parse(file: "x.yaml", text: Self.twoTables) } throws: {
            "\($0)".contains("found 2: sales, stock")
        }
    }

    @Test func `a misspelled table is refused with the nearest`() {
        #expect { try Contract.parse(file: "x.yaml", text: Self.twoTables, table: "stok") } throws: {
            "\($0)".contains("did you mean 'stock'?")
        }
    }

    @Test func `all faults come at once`() {
        let yaml = "- {name: a, logicalType: intger}\n- {nam: b, logicalType: string}"
        #expect { try Contract.of(yaml) } throws: { error in
            (error as? SpecificationError).map { $0.diagnostics.count >= 3 } ?? false
        }
    }
}
