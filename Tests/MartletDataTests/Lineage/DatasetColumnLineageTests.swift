import MartletCore
import MartletEngines
import Testing

@testable import MartletData

@Suite struct DatasetColumnLineageTests {
    private static let table = "SELECT 1 AS shop, 2.5 AS amount, 'x' AS note"

    private func lineage(_ source: String, _ contract: Contract, select: String? = nil) throws -> ColumnLineage {
        let dataset = DatasetDefinition(name: "sales", source: try DatasetSource(source), select: select, contract: contract)
        return try DatasetColumnLineage.lineage(of: dataset, by: try DuckDBDatabase(threads: 1).connect())
    }

    /// `column: sources | what decides over the rows`.
    private func text(_ lineage: ColumnLineage) -> String {
        func words(_ sources: [ColumnLineage.Source]) -> String {
            sources.map { "\($0.table).\($0.column) \($0.transformations.map(\.subtype).joined(separator: "+"))" }.joined(separator: ", ")
        }
        return lineage.columns.map { "\($0.name): \(words($0.sources))" }.joined(separator: "; ") + " | \(words(lineage.dataset))"
    }

    @Test(arguments: ["t.parquet", "t.csv", "t.jsonl", "t.sqlite"])
    func `a contract's columns are the source's, whatever they are called, and each keeps rows out`(_ name: String) throws {
        let bench = try Workbench()
        let contract = try Contract.of("- {name: store, logicalType: integer, physicalName: shop}\n- {name: amount, logicalType: number}")
        let lineage = try lineage(bench.export(Self.table, as: name), contract)
        #expect(
            text(lineage) == "store: source.shop IDENTITY; amount: source.amount IDENTITY | source.shop FILTER, source.amount FILTER")
        #expect(lineage.unresolved == [])
    }

    @Test func `a select stands between them`() throws {
        let bench = try Workbench()
        let contract = try Contract.of("- {name: store, logicalType: integer}\n- {name: total, logicalType: number}")
        let select = "SELECT shop AS store, sum(amount) AS total FROM source WHERE note <> '' GROUP BY shop"
        let lineage = try lineage(bench.export(Self.table, as: "t.csv"), contract, select: select)
        #expect(
            text(lineage) == "store: source.shop IDENTITY; total: source.amount AGGREGATION | "
                + "source.note FILTER, source.shop FILTER+GROUP_BY, source.amount FILTER")
    }

    @Test func `a column that is not there is said`() throws {
        let bench = try Workbench()
        let contract = try Contract.of("- {name: price, logicalType: number}")
        let lineage = try lineage(bench.export(Self.table, as: "t.csv"), contract)
        #expect(lineage.columns == [ColumnLineage.Column(name: "price", sources: [])])
        #expect(lineage.unresolved == ["the column 'price' is not among those that are selected"])
    }

    @Test func `a value that is computed of an aggregate stays one, and what decides still does`() {
        let source = ColumnLineage.Source(table: "t", column: "a", transformations: [.aggregation, .filter])
        #expect(source.followed(by: .transformation).transformations == [.aggregation, .filter])
        #expect(source.followed(by: .identity) == source)
        let plain = ColumnLineage.Source(table: "t", column: "a", transformations: [.identity, .sort])
        #expect(plain.followed(by: .aggregation).transformations == [.aggregation, .sort])
        #expect([plain, source].merged.map(\.transformations) == [[.identity, .aggregation, .filter, .sort]])
    }
}
