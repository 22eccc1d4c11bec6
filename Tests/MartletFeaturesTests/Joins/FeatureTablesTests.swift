import Foundation
import MartletCore
import MartletEngines
import MartletFeatures
import Testing

struct FeatureTablesTests {
    private func history(_ table: Table, _ view: FeatureView, row: Int) throws -> [Double] {
        try view.history.map { try table.column($0.name).doubles[row] }
    }

    @Test(arguments: [(UInt64(1), Int64(1)), (2, 1), (3, 2), (4, 5)])
    func `every row gets the history that plain loops give it`(_ seed: UInt64, _ knownAfter: Int64) throws {
        let sales = Sale.random(weeks: 40, seed: seed)
        let view = try SalesBench.view(knownAfter: knownAfter)
        let table = try SalesBench(sales).joined(view)
        let model = NaiveHistory(view: view, sales: sales)
        #expect(table.rowCount == sales.count)
        for row in 0..<table.rowCount {
            let sale = try #require(sales.first { Self.isRow(row, of: table, $0) })
            let expected = model.values(for: sale) ?? view.history.map { _ in .nan }
            let found = try history(table, view, row: row)
            // Units are whole, so sums are exact in any order; only the division of a mean rounds, once.
            #expect(bits(found) == bits(expected), "seed \(seed): \(sale)")
        }
    }

    private static func isRow(_ row: Int, of table: Table, _ sale: Sale) -> Bool {
        table["store"]?[row] == .integer(sale.store) && table["brand"]?[row] == .text(sale.brand)
            && table["week"]?[row] == .integer(sale.week)
    }

    @Test func `rows are sorted by time and entity, and carry both times`() throws {
        let table = try SalesBench(Sale.random(weeks: 20, seed: 5)).joined(try SalesBench.view(knownAfter: 2))
        let times = try table.column("__time").integers()
        #expect(times == times.sorted())
        let known = try table.column("__known")
        for row in 0..<table.rowCount {
            if case .integer(let time) = known[row] { #expect(time <= times[row]) }
        }
    }

    @Test func `equal rows in another order give equal bytes`() throws {
        let view = try SalesBench.view()
        let sales = Sale.random(weeks: 30, seed: 6)
        var random = SplitMix64(seed: 7)
        let files = try [sales, sales.shuffled(using: &random)].map { sales in
            let bench = try SalesBench(sales)
            _ = try bench.joined(view)
            return try Data(contentsOf: URL(fileURLWithPath: bench.path("rows.parquet")))
        }
        #expect(files[0] == files[1])
    }

    @Test func `of several rows at one time the greatest is the last, in training and for requests`() throws {
        let sales = [(1, 5.0), (1, .nan), (1, 9), (1, 7), (3, 1), (3, .nan)].map {
            Sale(store: 1, brand: "a", week: $0, price: 1, units: $1)
        }
        let view = try SalesBench.view()
        let bench = try SalesBench(sales + [Sale(store: 1, brand: "a", week: 2, price: 1, units: 0)])
        let table = try bench.joined(view)
        // Nobody sees a row of the same time; week 2 sees all four of week 1, in a window of one unit too.
        let weeks = try table.column("week").integers()
        let last = try table.column("last_units").doubles
        let sums = try table.column("sum_units_1").doubles
        #expect(weeks == [1, 1, 1, 1, 2, 3, 3])
        #expect(bits(last) == bits([.nan, .nan, .nan, .nan, 9, 0, 0]))
        #expect(bits(sums) == bits([.nan, .nan, .nan, .nan, 21, 0, 0]))
        let online = try bench.online(view)
        #expect(online.lookUp([.integer(1), .text("a")], at: 2)?.first == 9)
        #expect(online.lookUp([.integer(1), .text("a")], at: 4)?.first == 1)
    }

    @Test(arguments: [
        "TIMESTAMP '2024-01-01 00:00:00' + INTERVAL (week) SECOND + INTERVAL 600000 MICROSECOND",
        "TIMESTAMPTZ '2024-01-01 00:00:00+00' + INTERVAL (week) SECOND + INTERVAL 999999 MICROSECOND",
        "TIMESTAMP '1950-01-01 00:00:00' + INTERVAL (week) SECOND + INTERVAL 1 MICROSECOND",
    ])
    func `timestamps are counted in whole seconds, cut as requests cut them`(_ time: String) throws {
        let bench = try SalesBench(Sale.random(weeks: 10, seed: 8))
        let view = try SalesBench.view(eventTime: "at", select: "SELECT *, \(time) AS at FROM sales")
        let table = try bench.joined(view)
        let times = try table.column("__time").integers()
        let texts = try table.column("at")
        let counted = (0..<table.rowCount).map { row in EventTimeKind.timestamp.count(texts[row]) }
        #expect(counted == times)
        #expect(Set(times).count > 5)
    }

    @Test(arguments: ["DATE '2024-02-25' + week", "DATE '1969-12-28' + week"])
    func `dates are counted in days, as requests count them`(_ date: String) throws {
        let bench = try SalesBench(Sale.random(weeks: 10, seed: 9))
        let view = try SalesBench.view(eventTime: "day", select: "SELECT *, \(date) AS day FROM sales")
        let table = try bench.joined(view)
        let texts = try table.column("day")
        let counted = (0..<table.rowCount).map { row in EventTimeKind.date.count(texts[row]) }
        #expect(try counted == table.column("__time").integers())
    }

    @Test func `a request's time is read as its kind says`() {
        #expect(EventTimeKind.integer.count(.integer(5)) == 5 && EventTimeKind.integer.count(.real(5)) == 5)
        #expect(EventTimeKind.integer.count(.real(5.5)) == nil && EventTimeKind.integer.count(.text("5")) == nil)
        #expect(EventTimeKind.integer.count(.real(.nan)) == nil && EventTimeKind.integer.count(.missing) == nil)
        #expect(EventTimeKind.date.count(.text("1969-12-31T23:59:59Z")) == -1)
        #expect(EventTimeKind.timestamp.count(.text("1969-12-31T23:59:59.5Z")) == -1)
        #expect(EventTimeKind.date.count(.integer(1)) == nil && EventTimeKind.timestamp.count(.text("soon")) == nil)
    }
}

struct FeatureTablesRefusalTests {
    private func refusal(_ view: FeatureView, _ sql: String = "SELECT 1") throws -> MartletError {
        let bench = try SalesBench([Sale(store: 1, brand: "a", week: 1, price: 1, units: 1)])
        try bench.connection.execute(sql)
        return try #require(throws: MartletError.self) {
            try FeatureTables(view: view, connection: bench.connection)
        }
    }

    @Test(arguments: ["store", "brand", "week"])
    func `rows without entity or time are refused and counted`(_ column: String) throws {
        let sql = "INSERT INTO sales SELECT 2, 'b', 2, 1, 1; UPDATE sales SET \(column) = NULL"
        let error = try refusal(try SalesBench.view(), sql)
        #expect(error.code == .invalidInput)
        #expect(
            error.message == "features 'shelf': 2 rows lack their entity (store, brand) or event time 'week'; "
                + "require these columns in the contract"
        )
    }

    @Test func `a column that the select lacks is refused with the nearest one`() throws {
        let view = FeatureView(
            name: "shelf", entity: ["store"], source: "sales", eventTime: "week",
            history: [HistoryFeature(name: "last_price", aggregate: .last, column: "prise")]
        )
        let error = try refusal(view)
        #expect(error.code == .invalidInput)
        #expect(
            error.message == "features 'shelf': the select has no column 'prise'; did you mean 'price'? "
                + "It has store, brand, week, price, units"
        )
    }

    @Test func `a column that is near to none is refused with all`() throws {
        let view = FeatureView(name: "shelf", entity: ["warehouse"], source: "sales", eventTime: "week")
        let message = "features 'shelf': the select has no column 'warehouse'. It has store, brand, week, price, units"
        #expect(try refusal(view).message == message)
    }

    @Test func `a feature with the name of a column is refused`() throws {
        let view = FeatureView(
            name: "shelf", entity: ["store"], source: "sales", eventTime: "week",
            history: [HistoryFeature(name: "price", aggregate: .last, column: "price")]
        )
        let error = try refusal(view)
        #expect(error.code == .invalidInput)
        #expect(error.message == "features 'shelf': 'price' is a column of the select and the name of a feature; rename one")
    }

    @Test(arguments: ["brand", "price"])
    func `an event time that cannot be counted is refused`(_ column: String) throws {
        let error = try refusal(FeatureView(name: "shelf", entity: ["store"], source: "sales", eventTime: column))
        #expect(error.code == .invalidInput)
        #expect(error.message.contains("event time '\(column)': expected whole numbers, dates or timestamps"))
    }

    @Test(arguments: ["SELECT nothing FROM sales", "SELEC", "SELECT * FROM nowhere"])
    func `a select that fails is refused with DuckDB's words beneath`(_ select: String) throws {
        let error = try refusal(try SalesBench.view(select: select))
        #expect(error.code == .invalidInput && error.cause != nil)
        #expect(error.message == "features 'shelf': the select fails; mend it")
    }
}
