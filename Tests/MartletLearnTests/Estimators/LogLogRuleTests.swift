import Foundation
import MartletCore
import MartletLearn
import Testing

struct LogLogRuleTests {
    /// Rows of one group by default: the price, then further columns.
    private func rows(
        _ prices: [Double], _ target: [Double], effects: [String]? = nil, groups: [String]? = nil,
        _ further: [Column] = []
    ) -> LabelledRows {
        let table = Table(
            [
                Column("price", .real(prices)), Column("brand", .text(groups ?? prices.map { _ in "a" })),
                Column("store", .text(effects ?? prices.map { _ in "s" })),
            ] + further
        )
        return LabelledRows(features: FeatureRows(columns: table), target: target)
    }

    private func rule(_ covariates: [String] = []) -> LogLogRule {
        LogLogRule(price: "price", group: "brand", effect: "store", covariates: covariates)
    }

    // MARK: Against statsmodels

    @Test func `slopes, effects and smearing are those of least squares with dummies`() throws {
        let fixture = try LogLogFixture()
        let fitted = try LogLogFixture.rule.fitted(fixture.rows)
        #expect(Set(fitted.groups.keys) == Set(fixture.groups.keys) && fixture.groups.count == 3)
        for (name, expected) in fixture.groups {
            let found = try #require(fitted.groups[name])
            #expect(found.slopes.count == expected.slopes.count)
            // Both are backward stable; income and share are about 1 in 10⁵ away from their dummies in scale.
            for (slope, reference) in zip(found.slopes, expected.slopes) {
                #expect(abs(slope - reference) <= 1e-9 * abs(reference), "\(name): \(slope), statsmodels \(reference)")
            }
            #expect(Set(found.intercepts.keys) == Set(expected.intercepts.keys))
            for (effect, reference) in expected.intercepts {
                #expect(abs((found.intercepts[effect] ?? .nan) - reference) <= 1e-9 * abs(reference), "\(name), \(effect)")
            }
            #expect(abs(found.smearing - expected.smearing) <= 1e-9)
        }
    }

    @Test func `the rows' order and their parts do not matter beyond rounding`() throws {
        let rows = try LogLogFixture().rows
        var random = SplitMix64(seed: 2)
        let order = rows.target.indices.shuffled(using: &random)
        let whole = try LogLogFixture.rule.fitted(rows)
        let parts = try LogLogFixture.rule.fitted(rows.taking(Array(order[..<100])), rows.taking(Array(order[100...])))
        for (name, elasticity) in whole.elasticities {
            #expect(abs((parts.elasticities[name] ?? .nan) - elasticity) < 1e-10)
        }
    }

    @Test func `equal rows give equal bits`() throws {
        let rows = try LogLogFixture().rows
        #expect(try LogLogFixture.rule.fitted(rows, seed: 1) == LogLogFixture.rule.fitted(rows, seed: 2))
    }

    // MARK: What the data do not tell

    @Test func `a covariate that follows from the price has the coefficient 0`() throws {
        let prices = [1, 1.5, 2, 3, 2.2, 1.1]
        let target = prices.map { 5 - 2 * log($0) }
        let collinear = Column("double", .real(prices.map { 2 * log($0) + 7 }))
        let group = try #require(rule(["double"]).fitted(rows(prices, target, [collinear])).groups["a"])
        #expect(abs(group.slopes[0] + 2) < 1e-12 && group.slopes[1] == 0)
    }

    @Test func `of two equal covariates the second has the coefficient 0`() throws {
        let prices = [1, 1.5, 2, 3, 2.2, 1.1, 1.9]
        let deal: [Double] = [0, 1, 0, 1, 1, 0, 0]
        let target = zip(prices, deal).map { 5 - 2 * log($0) + 0.5 * $1 }
        let columns = [Column("deal", .real(deal)), Column("again", .real(deal))]
        let group = try #require(rule(["deal", "again"]).fitted(rows(prices, target, columns)).groups["a"])
        #expect(abs(group.slopes[0] + 2) < 1e-12 && abs(group.slopes[1] - 0.5) < 1e-12 && group.slopes[2] == 0)
    }

    @Test(arguments: [3, 7, 10, 49, 100])
    func `a covariate that never varies within an effect has the coefficient 0`(_ count: Int) throws {
        var random = SplitMix64(seed: UInt64(count))
        let prices = (0..<2 * count).map { _ in 1 + random.unit() }
        let effects = prices.indices.map { $0 < count ? "s" : "t" }
        // 0.1 summed up and divided again is not always 0.1.
        let constant = Column("constant", .real(prices.indices.map { $0 < count ? 0.1 : 0.7 }))
        let target = prices.map { 5 - 2 * log($0) + 0.01 * random.unit() }
        let with = try #require(rule(["constant"]).fitted(rows(prices, target, effects: effects, [constant])).groups["a"])
        let without = try #require(rule().fitted(rows(prices, target, effects: effects)).groups["a"])
        #expect(with.slopes == [without.slopes[0], 0])
    }

    @Test(arguments: [1e-12, 1e-6, 1e6, 1e12])
    func `the unit of a covariate changes its coefficient and nothing else`(_ unit: Double) throws {
        var random = SplitMix64(seed: 9)
        let prices = (0..<60).map { _ in 1 + random.unit() }
        let income = prices.map { _ in random.unit() }
        let target = zip(prices, income).map { 5 - 2 * log($0) + 0.5 * $1 + 0.1 * random.unit() }
        let groups = try [1, unit].map { unit in
            let column = Column("income", .real(income.map { $0 * unit }))
            return try #require(rule(["income"]).fitted(rows(prices, target, [column])).groups["a"])
        }
        #expect(abs(groups[1].slopes[0] - groups[0].slopes[0]) < 1e-12)
        #expect(abs(groups[1].slopes[1] * unit - groups[0].slopes[1]) < 1e-12)
    }

    @Test(arguments: 1..<60)
    func `a group whose price never varies is refused, however its mean rounds`(_ count: Int) throws {
        let prices = [Double](repeating: 2.99, count: count)
        let error = try #require(throws: MartletError.self) { try rule().fitted(rows(prices, prices)) }
        #expect(error.code == .invalidInput)
        #expect(error.message.hasPrefix("the price of 'a' never varies within 'store', so it has no slope"))
    }

    @Test func `prices that vary between effects only are refused`() throws {
        let rows = rows([1, 1, 2, 2], [1, 2, 3, 4], effects: ["s", "s", "t", "t"])
        #expect(throws: MartletError.self) { try rule().fitted(rows) }
    }

    @Test(arguments: [0, -1, .nan, -Double.infinity])
    func `a price at or below 0 is refused with its row, in fitting and in predicting`(_ price: Double) throws {
        let broken = rows([1, price, 2], [1, 2, 3])
        let error = try #require(throws: MartletError.self) { try rule().fitted(broken) }
        #expect(error.code == .invalidInput)
        #expect(error.message == "column 'price': expected a price above 0, found \(price) in row 2")
        let fitted = try rule().fitted(rows([1, 2, 3], [3, 2, 1]))
        #expect(throws: MartletError.self) { try fitted.predict(broken.features) }
    }

    @Test func `a column that is not there is refused`() throws {
        let error = try #require(throws: MartletError.self) { try rule(["deal"]).fitted(rows([1, 2], [1, 2])) }
        #expect(error.code == .notFound)
    }

    // MARK: Predicting

    @Test func `an effect that was not seen has the mean intercept, a group that was not seen no prediction`() throws {
        let prices = [1, 2, 1, 2.0]
        let effects = ["s", "s", "t", "t"]
        let training = rows(prices, zip(prices, [4, 4, 6, 6]).map { $1 - 2 * log($0) }, effects: effects)
        let fitted = try rule().fitted(training)
        let asked = rows([1, 1, 1], [0, 0, 0], effects: ["t", "new", "s"], groups: ["a", "a", "b"])
        let values = try fitted.predict(asked.features)
        #expect(abs(values[0] - 6) < 1e-12 && abs(values[1] - 5) < 1e-12 && values[2].isNaN)
    }

    @Test func `a fitted rule is the same after being written and read`() throws {
        let fitted = try LogLogFixture.rule.fitted(LogLogFixture().rows)
        #expect(try JSONValue(encoding: fitted).decoded(as: FittedLogLogRule.self) == fitted)
    }
}
