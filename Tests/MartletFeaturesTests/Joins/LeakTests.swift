import MartletCore
import MartletFeatures
import Testing

/// Nothing that was not known yet may move a feature.
struct LeakTests {
    private struct Row: Hashable {
        let store: Value
        let brand: Value
        let time: Int64
    }

    /// The matrix of all features, by row.
    private func matrices(_ sales: [Sale], _ view: FeatureView) throws -> [Row: [Double]] {
        let table = try SalesBench(sales).joined(view)
        let names = view.history.map(\.name) + view.formulas.map(\.name)
        let assembler = FeatureAssembler(view: view, features: names, categories: [:])
        let matrix = try assembler.matrix(of: table)
        let times = try table.column("__time").integers()
        let keys = try (0..<table.rowCount).map { row in
            try Row(store: table.column("store")[row], brand: table.column("brand")[row], time: times[row])
        }
        let rows = matrix.elements.chunked(by: names.count)
        return Dictionary(uniqueKeysWithValues: zip(keys, rows))
    }

    /// Draws everything at and after a time again: values, which rows there are, and whole new rows.
    private func altered(_ sales: [Sale], from time: Int64, seed: UInt64) -> [Sale] {
        var random = SplitMix64(seed: seed)
        let future = Sale.random(weeks: 60, seed: seed &+ 1_000).filter { $0.week >= time }
        let kept = sales.filter { sale in
            sale.week == time || !future.contains { $0.store == sale.store && $0.brand == sale.brand && $0.week == sale.week }
        }
        let changed = kept.map { sale in
            var sale = sale
            if sale.week >= time { sale.redraw(&random) }
            return sale
        }
        return changed + future.filter { $0.week > time }
    }

    @Test(arguments: [(UInt64(21), Int64(1)), (22, 1), (23, 3)])
    func `what happens from a time on moves no history that was known by then`(_ seed: UInt64, _ knownAfter: Int64) throws {
        let view = try SalesBench.view(knownAfter: knownAfter)
        let sales = Sale.random(weeks: 40, seed: seed)
        let before = try matrices(sales, view)
        for time in [Int64(1), 13, 25, 39] {
            let after = try matrices(altered(sales, from: time, seed: seed), view)
            var compared = 0
            for (row, features) in before where row.time < time + knownAfter {
                guard let other = after[row] else { continue }
                // The formulas of rows at the time itself read their own price, which was altered.
                let count = row.time < time ? features.count : view.history.count
                #expect(bits(Array(features[..<count])) == bits(Array(other[..<count])), "seed \(seed), \(row)")
                compared += 1
            }
            #expect(compared > 0)
            #expect(before.keys.filter { $0.time < time }.allSatisfy { after[$0] != nil })
        }
    }

    @Test func `what happens from a time on does move later rows`() throws {
        let view = try SalesBench.view()
        let sales = Sale.random(weeks: 40, seed: 24)
        let before = try matrices(sales, view)
        let after = try matrices(altered(sales, from: 13, seed: 24), view)
        #expect(before.contains { row, features in row.time > 13 && after[row].map(bits) != bits(features) })
    }

    @Test func `no row is part of its own history`() throws {
        let view = try SalesBench.view()
        let sales = Sale.random(weeks: 25, seed: 25)
        let before = try matrices(sales, view)
        var random = SplitMix64(seed: 26)
        for _ in 0..<15 {
            var changed = sales
            let position = random.index(below: sales.count)
            changed[position].units = 1e9
            changed[position].price = 1e9
            let after = try matrices(changed, view)
            let sale = sales[position]
            let row = Row(store: .integer(sale.store), brand: .text(sale.brand), time: sale.week)
            let (old, new) = (try #require(before[row]), try #require(after[row]))
            #expect(bits(Array(old[..<view.history.count])) == bits(Array(new[..<view.history.count])), "\(sale)")
        }
    }

    @Test func `one entity's rows are nothing to another`() throws {
        let view = try SalesBench.view()
        let sales = Sale.random(weeks: 25, seed: 27)
        var random = SplitMix64(seed: 28)
        let before = try matrices(sales, view)
        let after = try matrices(
            sales.map { sale in
                var sale = sale
                if sale.store == 2 { sale.redraw(&random) }
                return sale
            },
            view
        )
        for (row, features) in before where row.store != .integer(2) {
            #expect(after[row].map(bits) == bits(features))
        }
    }
}

extension Array {
    /// Pieces of one size, in order.
    fileprivate func chunked(by size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<$0 + size]) }
    }
}
