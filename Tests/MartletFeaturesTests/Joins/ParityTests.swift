import MartletCore
import MartletFeatures
import Testing

/// Training and requests compute one and the same number.
struct ParityTests {
    private func assembler(_ view: FeatureView, _ table: Table) throws -> FeatureAssembler {
        try FeatureAssembler(
            view: view, features: ["store", "brand", "price"] + view.history.map(\.name) + view.formulas.map(\.name),
            categorical: ["store", "brand"], rowColumns: ["store", "brand", "week", "price"], training: table
        )
    }

    @Test(arguments: [
        (UInt64(31), Int64(1), "week", nil as String?), (32, 3, "week", nil),
        (33, 2, "day", "SELECT *, DATE '2023-12-20' + week AS day FROM sales"),
        (34, 1, "at", "SELECT *, TIMESTAMP '2024-01-01' + INTERVAL (week * 700) MILLISECOND AS at FROM sales"),
    ])
    func `the matrix of joined rows is bit for bit the one that requests get`(
        _ seed: UInt64, _ knownAfter: Int64, _ eventTime: String, _ select: String?
    ) throws {
        let view = try SalesBench.view(knownAfter: knownAfter, eventTime: eventTime, select: select)
        let bench = try SalesBench(Sale.random(weeks: 40, seed: seed))
        let table = try bench.joined(view)
        let kind = try FeatureTables(view: view, connection: bench.connection).timeKind
        let online = try bench.online(view)
        let assembler = try assembler(view, table)
        let training = try assembler.matrix(of: table)
        for row in 0..<table.rowCount {
            var values = try Dictionary(
                uniqueKeysWithValues: ["store", "brand", eventTime, "price"].map { name in
                    try (name, table.column(name)[row])
                })
            // A JSON client may write a whole number with a point.
            if row % 2 == 0, let store = values["store"] { values["store"] = .real(store.double) }
            let time = try #require(values[eventTime].flatMap(kind.count))
            let history = online.lookUp(view.entity.map { values[$0] ?? .missing }, at: time)
            let served = try assembler.matrix(row: values, history: history)
            #expect(served.names == training.names)
            let expected = training.elements[row * training.columnCount..<(row + 1) * training.columnCount]
            #expect(bits(served.elements) == bits(Array(expected)), "seed \(seed), row \(row)")
        }
    }

    @Test func `many prices at once are the same as each alone`() throws {
        let view = try SalesBench.view()
        let bench = try SalesBench(Sale.random(weeks: 30, seed: 35))
        let assembler = try assembler(view, try bench.joined(view))
        let history = try #require(try bench.online(view).lookUp([.integer(1), .text("a")], at: 29))
        let row: [String: Value] = ["store": .integer(1), "brand": .text("a"), "week": .integer(29)]
        let prices = [0.5, 1, 1.25, .nan, 0]
        let together = try assembler.matrix(row: row, history: history, count: prices.count, varying: ["price": prices])
        for (position, price) in prices.enumerated() {
            let alone = try assembler.matrix(row: row.merging(["price": .real(price)]) { $1 }, history: history)
            #expect(bits(together.taking([position]).elements) == bits(alone.elements))
        }
    }

    @Test func `an entity of which nothing was known has missing history, not zeros`() throws {
        let view = try SalesBench.view()
        let bench = try SalesBench(Sale.random(weeks: 30, seed: 36))
        let assembler = try assembler(view, try bench.joined(view))
        let matrix = try assembler.matrix(
            row: ["store": .integer(9), "brand": .text("a"), "week": .integer(3), "price": .real(1)], history: nil
        )
        let names = Set(view.history.map(\.name))
        for (position, name) in matrix.names.enumerated() where names.contains(name) {
            #expect(matrix[0, position].isNaN)
        }
        // Store 9 was never seen: it has no code.
        #expect(matrix[0, 0].isNaN && matrix[0, 1] == 0 && matrix[0, 2] == 1)
    }
}
