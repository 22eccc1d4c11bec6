import Foundation
import MartletCore
import MartletLearn
import Testing

struct SearchSpaceTests {
    private static let space = SearchSpace([
        "learning_rate": .real(0.01...0.3, .logarithmic), "feature_fraction": .real(0.4...1, .linear),
        "lambda_l2": .real(0.1...0.7, .step(0.2)),
        "num_leaves": .integer(8...64, .logarithmic), "max_depth": .integer(-1...6, .linear),
        "min_data_in_leaf": .integer(10...60, .step(20)),
        "boosting": .choice(["gbdt", "dart"]),
    ])

    private func drawn(_ name: String, _ count: Int, of space: SearchSpace = Self.space) -> [Double] {
        (0..<count).map { space.randomPoint($0, seed: 5)[name]?.double ?? .nan }
    }

    // MARK: Random points

    @Test func `a random point depends on its number and the seed alone`() {
        let points = (0..<50).map { Self.space.randomPoint($0, seed: 7) }
        #expect((0..<50).reversed().map { Self.space.randomPoint($0, seed: 7) } == points.reversed())
        #expect(Set(points).count == 50)
        #expect(Self.space.randomPoint(0, seed: 8) != points[0])
    }

    @Test func `another parameter, or another range of one, leaves the values of the others as they were`() {
        var other = Self.space
        other.dimensions["cat_smooth"] = .real(1...50, .linear)
        other.dimensions["num_leaves"] = .integer(4...8, .linear)
        for number in 0..<20 {
            let (before, after) = (Self.space.randomPoint(number, seed: 3), other.randomPoint(number, seed: 3))
            for name in Self.space.names where name != "num_leaves" { #expect(before[name] == after[name]) }
        }
    }

    @Test func `two parameters of one range are drawn apart`() {
        let twins = SearchSpace(["drop_rate": .real(0...1, .linear), "skip_drop": .real(0...1, .linear)])
        let (one, two) = (drawn("drop_rate", 2_000, of: twins), drawn("skip_drop", 2_000, of: twins))
        let covariance = zip(one, two).reduce(0) { $0 + ($1.0 - 0.5) * ($1.1 - 0.5) } / 2_000
        // Twelve times the covariance is the correlation, whose standard error is 1/√2000 = 0.022.
        #expect(abs(12 * covariance) < 0.09)
    }

    @Test func `every value lies in its range, and on its steps`() {
        for number in 0..<2_000 {
            let point = Self.space.randomPoint(number, seed: 1)
            #expect((0.01...0.3).contains(point["learning_rate"]?.double ?? .nan))
            #expect((0.4...1).contains(point["feature_fraction"]?.double ?? .nan))
            #expect([0.1, 0.3, 0.5, 0.7].contains(point["lambda_l2"]?.double ?? .nan))
            #expect((8...64).contains(point["num_leaves"]?.int ?? 0))
            #expect((-1...6).contains(point["max_depth"]?.int ?? -9))
            #expect([10, 30, 50].contains(point["min_data_in_leaf"]?.int ?? 0))
            #expect(["gbdt", "dart"].contains(point["boosting"]?.string))
        }
    }

    /// Kolmogorov's distance from the uniform distribution.
    private func distance(_ shares: [Double]) -> Double {
        let n = Double(shares.count)
        return shares.sorted().enumerated().map { max(abs($1 - Double($0) / n), abs($1 - Double($0 + 1) / n)) }.max() ?? 1
    }

    @Test func `ranges are drawn evenly, logarithmic ones by order of magnitude`() {
        let linear = drawn("feature_fraction", 2_000).map { ($0 - 0.4) / 0.6 }
        let logarithmic = drawn("learning_rate", 2_000).map { log($0 / 0.01) / log(30) }
        // 1.95/√n is exceeded once in a thousand.
        #expect(distance(linear) < 1.95 / 2_000.squareRoot())
        #expect(distance(logarithmic) < 1.95 / 2_000.squareRoot())
    }

    @Test(arguments: ["max_depth", "min_data_in_leaf", "boosting"])
    func `values that can be counted are equally likely, the ends too`(_ name: String) throws {
        let count = try #require(Self.space.dimensions[name]?.valueCount)
        let values = (0..<4_000).map { Self.space.randomPoint($0, seed: 2)[name] ?? .null }
        let shares = Dictionary(grouping: values) { $0 }.mapValues { Double($0.count) / 4_000 }
        #expect(shares.count == count)
        let expected = 1 / Double(count)
        for share in shares.values { #expect(abs(share - expected) < 4 * (expected * (1 - expected) / 4_000).squareRoot()) }
    }

    @Test func `the ends of a logarithmic range of whole numbers are drawn by their share of it`() {
        let values = drawn("num_leaves", 20_000)
        for end in [8.0, 64.0] {
            let expected = log((end + 0.5) / (end - 0.5)) / log(64.5 / 7.5)
            let share = Double(values.count { $0 == end }) / 20_000
            #expect(abs(share - expected) < 4 * (expected / 20_000).squareRoot())
        }
    }

    // MARK: Grids

    @Test func `a grid has each combination once, the last name going round fastest`() {
        let grid = SearchSpace([
            "a": .choice(["x", "y"]), "b": .integer(1...3, .linear), "c": .real(0.1...0.3, .step(0.1)),
        ])
        var expected: [[String: JSONValue]] = []
        for a in ["x", "y"] {
            for b in 1...3 {
                for c in [0.1, 0.2, 0.3] { expected.append(["a": .string(a), "b": .integer(Int64(b)), "c": .number(c)]) }
            }
        }
        #expect(grid.pointCount == 18)
        #expect((0..<18).map(grid.gridPoint) == expected)
    }

    @Test(arguments: [
        (SearchDimension.real(0...1, .linear), nil), (.real(1...2, .logarithmic), nil), (.integer(1...9, .logarithmic), nil),
        (.real(2...2, .linear), 1), (.real(0...1, .step(0.3)), 4), (.real(0...0.3, .step(0.1)), 4), (.integer(0...10, .step(4)), 3),
        (.integer(-1...1, .linear), 3), (.choice([1, 2]), 2),
    ])
    func `a dimension says how many values it has`(_ dimension: SearchDimension, _ count: Int?) {
        #expect(dimension.valueCount == count)
        #expect(SearchSpace(["a": dimension, "b": .choice([true, false])]).pointCount == count.map { 2 * $0 })
    }

    @Test func `more points than can be counted are none`() {
        let names = (0..<3).map { "p\($0)" }
        let space = SearchSpace(Dictionary(uniqueKeysWithValues: names.map { ($0, .integer(1...Int(Int32.max), .linear)) }))
        #expect(space.pointCount == nil)
    }
}
