import Foundation
import MartletCore
import MartletEngines
import MartletFeatures
import MartletInference
import MartletRollout
import MartletStore
import Testing

@testable import MartletPlatform

/// The price of one request worked out the slow way: history by hand from the CSV file, one matrix row for each candidate.
struct NaiveDecision {
    private(set) var price = 0.0
    private(set) var units = 0.0
    private(set) var profit = -Double.infinity
    let situation: JSONValue

    /// - Parameter competitors: the prices of all brands, `nan` for the own one.
    init(_ platform: Platform, store: Int, brand: Int, week: Int, feature: Double, competitors: [Double]) throws {
        let past = try Self.rows(platform).filter {
            $0["store"] == Double(store) && $0["brand"] == Double(brand) && ($0["week"] ?? .infinity) < Double(week)
        }
        .sorted { ($0["week"] ?? 0) < ($1["week"] ?? 0) }
        let last = try #require(past.last)
        func column(_ name: String, weeks: Double) -> [Double] {
            past.filter { ($0["week"] ?? 0) > (last["week"] ?? 0) - weeks }.compactMap { $0[name] }
        }
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
        let own = "price\(brand)"
        let today = try #require(last[own])
        let cost = try #require(last["cost"])
        let seen = column(own, weeks: 26)
        let (low, high) = (try #require(seen.min()), try #require(seen.max()))
        let logUnits = column("units", weeks: 4).map { Foundation.log($0) }
        let meanPrice = mean(column(own, weeks: 8))
        situation = ["cost": .number(cost), "highest": .number(high), "lowest": .number(low), "today": .number(today)]

        let bundle = try platform.deployed().bundle
        let cheapest = competitors.filter { !$0.isNaN }.min() ?? .nan
        let tickLow = Int((low * 100).rounded())
        let tickHigh = Int((high * 100).rounded())
        for tick in tickLow...tickHigh where tick % 10 == 9 {
            let price = Double(tick) / 100
            guard price - cost >= 0.05 * price - 1e-8, abs(price - today) <= 0.2 * today + 1e-8 else { continue }
            let values: [String: Double] = [
                "brand": Double(brand - 1), "store": Double(store - 1), "feature": feature,
                "last_log_units": logUnits.last ?? .nan, "mean_log_units_4": mean(logUnits),
                "competitor_1": competitors[0], "competitor_2": competitors[1], "competitor_3": competitors[2],
                "log_price": Foundation.log(price), "price_to_last": Foundation.log(price / today),
                "price_to_mean": Foundation.log(price / meanPrice),
                "price_to_cheapest": Foundation.log(price / cheapest),
            ]
            let row = try bundle.card.features.map { try #require(values[$0]) }
            let matrix = Matrix(names: bundle.card.features, elements: row)
            let units = try bundle.scorer.quantities(matrix, groups: ["\(brand)"])[0]
            if units * (price - cost) > profit {
                (self.price, self.units, profit) = (price, units, units * (price - cost))
            }
        }
    }

    private static func rows(_ platform: Platform) throws -> [[String: Double]] {
        let text = try String(contentsOfFile: platform.file("sales.csv"), encoding: .utf8)
        let lines = text.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
        return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0.compactMap(Double.init))) }
    }
}
