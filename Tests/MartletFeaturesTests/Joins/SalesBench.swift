import Foundation
import MartletCore
import MartletEngines
import MartletFeatures

/// A row of the dataset that these tests are about; `nan` is missing.
struct Sale: Equatable {
    var store: Int64
    var brand: String
    var week: Int64
    var price: Double
    var units: Double

    /// Random weeks of three stores and two brands, with gaps between them and missing values in them, in no order.
    static func random(weeks: Int, seed: UInt64) -> [Sale] {
        var random = SplitMix64(seed: seed)
        var sales: [Sale] = []
        for store in Int64(1)...3 {
            for brand in ["a", "ö"] {
                for week in 0..<Int64(weeks) where random.unit() < 0.6 {
                    sales.append(Sale(store: store, brand: brand, week: week, price: .nan, units: .nan))
                    sales[sales.count - 1].redraw(&random)
                }
            }
        }
        return sales.shuffled(using: &random)
    }

    mutating func redraw(_ random: inout SplitMix64) {
        price = random.unit() < 0.15 ? .nan : 1 + random.unit()
        units = random.unit() < 0.15 ? .nan : (100 * random.unit()).rounded()
    }
}

/// A database that holds sales, and what the module makes of them.
final class SalesBench {
    let connection: DuckDBConnection
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("features-\(UUID().uuidString)")

    init(_ sales: [Sale] = []) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        connection = try DuckDBDatabase(threads: 2).connect()
        try connection.execute(
            "CREATE TABLE sales (store INTEGER, brand VARCHAR, week INTEGER, price DOUBLE, units DOUBLE)"
        )
        let appender = try connection.appender(table: "sales")
        for sale in sales {
            // Half of what is missing is NULL, the other half the NaN that other tools write.
            let units: Value = sale.units.isNaN && sale.week % 2 == 0 ? .missing : .real(sale.units)
            let price: Value = sale.price.isNaN && sale.week % 2 == 1 ? .missing : .real(sale.price)
            try appender.append(row: [.integer(sale.store), .text(sale.brand), .integer(sale.week), price, units])
        }
        try appender.close()
    }

    deinit {
        // What cannot be removed is left to the system's own cleaning.
        try? FileManager.default.removeItem(at: folder)
    }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    /// The joined rows, by time and entity.
    func joined(_ view: FeatureView) throws -> Table {
        let path = path("rows.parquet")
        try FeatureTables(view: view, connection: connection).copyJoinedRows(to: path)
        return try connection.query("SELECT * FROM read_parquet(\(DuckDBConnection.quoted(literal: path)))")
    }

    /// The view's history as requests look it up.
    func online(_ view: FeatureView) throws -> OnlineTable {
        let history = try FeatureTables(view: view, connection: connection).history()
        let path = path("online.bin")
        try OnlineTable.encode(history: history, entity: view.entity, features: view.history.map(\.name))
            .write(to: URL(fileURLWithPath: path))
        return try OnlineTable(path: path)
    }

    /// A view with every aggregate, and formulas over the row, its history and a prefix.
    static func view(knownAfter: Int64 = 1, eventTime: String = "week", select: String? = nil) throws -> FeatureView {
        func feature(_ aggregate: HistoryFeature.Aggregate, _ column: String, _ window: Int64?) -> HistoryFeature {
            let name = "\(aggregate.rawValue)_\(column)" + (window.map { "_\($0)" } ?? "")
            return HistoryFeature(name: name, aggregate: aggregate, column: column, window: window)
        }
        return FeatureView(
            name: "shelf", entity: ["store", "brand"], source: "sales", select: select, eventTime: eventTime,
            knownAfter: knownAfter,
            history: [feature(.last, "units", nil), feature(.last, "price", nil)]
                + [HistoryFeature.Aggregate.mean, .min, .max, .sum, .count].flatMap {
                    [feature($0, "units", 1), feature($0, "units", 4), feature($0, "units", nil)]
                },
            formulas: [
                FormulaFeature(name: "price_to_last", expression: try RowExpression("log(price / last_price)")),
                FormulaFeature(name: "trend", expression: try RowExpression("mean_units_4 - mean_units")),
                FormulaFeature(name: "of_all", expression: try RowExpression("mean(m*) * coalesce(trend, 0.5) + store")),
            ]
        )
    }
}

/// The bits of numbers, all `nan` alike.
func bits(_ values: [Double]) -> [UInt64] { values.map { $0.isNaN ? Double.nan.bitPattern : $0.bitPattern } }
