import Foundation
import MartletCore

/// A small pricing project whose truth is known: a few stores sell a few brands, demand follows a season, the own price
/// and the cheapest other price by constant elasticities, and a model that sees last week beats the rule of thumb clearly.
package enum PricingProject {
    /// What may differ from the usual project.
    package struct Options: Sendable {
        /// Stores, numbered from 1; 1 to 99.
        package var storeCount = 6
        /// Brands, numbered from 1; 2 to 9.
        package var brandCount = 3
        /// Weeks, numbered from 1; above 12, since 10 of them are set aside.
        package var weekCount = 40
        /// The log of demand per log of the own price.
        package var elasticity = -2.5
        /// How far the season moves the log of demand.
        package var seasonality = 0.6
        /// The standard deviation of the noise in the log of demand.
        package var noise = 0.1
        /// The project's seed, which is not that of the data.
        package var projectSeed = 7
        /// The most trees.
        package var trees = 40
        /// The gate's margin, as written in the file.
        package var gateMargin = "2%"
        /// By which share of the rule's error one brand may be worse, as written in the file.
        package var sliceTolerance = "50%"
        /// The share of answers that try another allowed price, as written in the file.
        package var exploration = "0%"
        /// How many prices are tried for an answer.
        package var candidateCount = 40
        /// The share of rows that may break the contract, as written in it.
        package var quarantineLimit = "1%"
        /// Further rows of the CSV file, for example broken ones.
        package var extraRows: [String] = []

        init() {}
    }

    /// Writes `martlet.yaml`, `sales.csv` and `sales.odcs.yaml` into a folder that exists.
    /// - Parameters:
    ///   - seed: fixes the data; equal seeds and options give equal bytes.
    ///   - change: what differs from the usual project.
    /// - Throws: what the file system says.
    package static func write(
        to folder: String, seed: UInt64 = 1, change: (inout Options) -> Void = { _ in }
    ) throws {
        var options = Options()
        change(&options)
        let files = [
            "martlet.yaml": projectText(options), "sales.csv": salesText(options, seed: seed),
            "sales.odcs.yaml": contractText(options),
        ]
        for (name, text) in files {
            try Data(text.utf8).write(to: URL(filePath: folder).appending(path: name))
        }
    }

    // MARK: - Rows

    private static func salesText(_ options: Options, seed: UInt64) -> String {
        let brands = 1...options.brandCount
        var random = SplitMix64(seed: seed)
        var text = "store,brand,week,feature,cost,units," + brands.map { "price\($0)" }.joined(separator: ",") + "\n"
        for store in 1...options.storeCount {
            for week in 1...options.weekCount {
                let prices = brands.map { brand in (regularPrice(of: brand) * (0.8 + 0.4 * random.unit())).cents }
                for brand in brands {
                    let isFeatured = random.unit() < 0.2
                    let other = prices.enumerated().filter { $0.offset != brand - 1 }.map(\.element).min() ?? 1
                    let logUnits =
                        4 + 0.1 * Double(store) + (isFeatured ? 0.3 : 0) + options.noise * normal(&random)
                        + options.seasonality * sin(Double(week) * 2 * .pi / 20)
                        + options.elasticity * log(prices[brand - 1] / regularPrice(of: brand)) + 0.5 * log(other)
                    let cost = (regularPrice(of: brand) * 0.6).cents
                    let row = [Double(store), Double(brand), Double(week), isFeatured ? 1 : 0]
                    text +=
                        (row.map { "\(Int($0))" }
                        + (["\(cost)", "\(max(exp(logUnits), 0.01).cents)"] + prices.map { "\($0)" }))
                        .joined(separator: ",") + "\n"
                }
            }
        }
        return text + options.extraRows.map { $0 + "\n" }.joined()
    }

    private static func regularPrice(of brand: Int) -> Double { 1.5 + 0.5 * Double(brand) }

    /// A standard normal number (Box and Muller 1958).
    private static func normal(_ random: inout SplitMix64) -> Double {
        (-2 * log(1 - random.unit())).squareRoot() * cos(2 * .pi * random.unit())
    }
}

extension Double {
    fileprivate var cents: Double { (self * 100).rounded() / 100 }
}

// MARK: - Files

extension PricingProject {
    private static func projectText(_ options: Options) -> String {
        let brands = 1...options.brandCount
        let competitors = brands.map { "CASE WHEN brand <> \($0) THEN price\($0) END AS competitor_\($0)" }
        return """
            project: pricing
            seed: \(options.projectSeed)

            datasets:
              sales: {source: sales.csv, contract: sales.odcs.yaml}

            features:
              shelf:
                from: sales
                entity: [store, brand]
                event_time: week
                known_after: 1
                select: |
                  SELECT store, brand, week, feature, cost, units, ln(units) AS log_units,
                         [\(brands.map { "price\($0)" }.joined(separator: ", "))][brand] AS price,
                         \(competitors.joined(separator: ",\n             "))
                  FROM sales
                history:
                  last_log_units: last(log_units)
                  mean_log_units_4: mean(log_units, 4)
                  last_price: last(price)
                  mean_price_8: mean(price, 8)
                  lowest_price: min(price, 26)
                  highest_price: max(price, 26)
                  last_cost: last(cost)
                formulas:
                  log_price: log(price)
                  price_to_last: log(price / last_price)
                  price_to_mean: log(price / mean_price_8)
                  price_to_cheapest: log(price / min(competitor_*))

            models:
              demand:
                features: shelf
                use: [brand, store, feature, last_log_units, mean_log_units_4, competitor_*, log_price, price_to_last, price_to_mean, price_to_cheapest]
                categorical: [brand, store]
                decreasing: [log_price, price_to_last, price_to_mean, price_to_cheapest]
                target: units
                link: log
                smearing_by: brand
                split: {by: time, test: 6, validation: 4}
                estimator:
                  lightgbm: {trees: \(options.trees), patience: 20, objective: regression, metric: rmse, learning_rate: 0.15, num_leaves: 15, min_data_in_leaf: 10}
                baseline:
                  log_log: {price: price, by: brand, effects: store, covariates: [feature]}
                elasticity: {price: price, by: brand, reference: {1: \(options.elasticity)}}
                gate: {beats: baseline, by: \(options.gateMargin), cluster: store, slices: brand, slice_tolerance: \(options.sliceTolerance)}

            endpoints:
              price:
                model: demand
                decide:
                  price: price
                  candidates: \(options.candidateCount)
                  tick: 0.01
                  range: [lowest_price, highest_price]
                  today: last_price
                  cost: last_cost
                  margin_min: 5%
                  step_max: 20%
                  endings: [9]
                  explore: \(options.exploration)

            """
    }

    private static func contractText(_ options: Options) -> String {
        let key = ["store", "brand", "week"].enumerated().map { position, name in
            "{name: \(name), logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: \(position + 1), "
                + "logicalTypeOptions: {minimum: 1, maximum: 1000}}"
        }
        let prices = (1...options.brandCount).map { property("price\($0)", from: "0.01", to: "100") }
        let others = [
            property("feature", from: "0", to: "1"), property("cost", from: "0.01", to: "100"),
            property("units", from: "0.01", to: "100000"),
        ]
        return """
            apiVersion: v3.1.0
            kind: DataContract
            id: sales
            name: sales
            version: 1.0.0
            status: active
            schema:
              - name: sales
                properties:
            \((key + others + prices).map { "      - \($0)" }.joined(separator: "\n"))
            customProperties:
              - {property: quarantineLimit, value: \(options.quarantineLimit)}

            """
    }

    private static func property(_ name: String, from low: String, to high: String) -> String {
        "{name: \(name), logicalType: number, required: true, logicalTypeOptions: {minimum: \(low), maximum: \(high)}}"
    }
}
