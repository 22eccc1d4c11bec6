import Foundation
import MartletCore

/// The rule of thumb of price setting: for each group (a brand) `log units = effect + slope · log price + covariates`, with
/// one effect for each unit observed (a store), fitted by ordinary least squares within effects (Wooldridge 2010, chapter 10).
public struct LogLogRule: Estimator, Codable, Equatable {
    /// The column of the own price; above 0.
    public var price: String
    /// The column whose values have slopes of their own.
    public var group: String
    /// The column whose values have intercepts of their own, within a group.
    public var effect: String
    /// Further columns that enter as they are; missing counts as 0.
    public var covariates: [String]

    /// Makes a recipe.
    public init(price: String, group: String, effect: String, covariates: [String] = []) {
        self.price = price
        self.group = group
        self.effect = effect
        self.covariates = covariates
    }

    /// Fits every group. The target is log units. Validation rows are fitted too: there is nothing to stop early.
    /// - Throws: `invalidInput` for a price at or below 0, or a group whose prices never vary within an effect.
    public func fit(
        training: LabelledRows, validation: LabelledRows?, seed: UInt64, progress: (Double, String) -> Void
    ) throws -> FittedLogLogRule {
        let rows = validation.map { LabelledRows.joined(training, $0) } ?? training
        let design = try Design(self, rows.features.columns)
        var groups: [String: FittedLogLogRule.Group] = [:]
        let members = Dictionary(grouping: rows.target.indices) { design.groups[$0] }
        for (name, indices) in members.sorted(by: { $0.key < $1.key }) {
            groups[name] = try fit(group: name, indices, design, rows.target)
            progress(Double(groups.count) / Double(members.count), "rule of \(name)")
        }
        return FittedLogLogRule(recipe: self, groups: groups)
    }

    private func fit(group: String, _ rows: [Int], _ design: Design, _ target: [Double]) throws -> FittedLogLogRule.Group {
        let byEffect = Dictionary(grouping: rows) { design.effects[$0] }
        let width = covariates.count + 1
        var gram = [[Double]](repeating: [Double](repeating: 0, count: width), count: width)
        var moment = [Double](repeating: 0, count: width)
        var magnitude = moment
        var means: [String: (x: [Double], y: Double)] = [:]
        for (effect, members) in byEffect {
            let n = Double(members.count)
            let x = (0..<width).map { column in members.reduce(0) { $0 + design.x[$1][column] } / n }
            let y = members.reduce(0) { $0 + target[$1] } / n
            means[effect] = (x, y)
        }
        // Sums run over rows in their order, so that the same table gives the same bits.
        for row in rows {
            guard let mean = means[design.effects[row]] else { continue }
            let centred = (0..<width).map { design.x[row][$0] - mean.x[$0] }
            for i in 0..<width {
                magnitude[i] += design.x[row][i] * design.x[row][i]
                moment[i] += centred[i] * (target[row] - mean.y)
                for j in 0..<width { gram[i][j] += centred[i] * centred[j] }
            }
        }
        // What deviates by less than 1e-10 of its size deviates by the rounding of its mean: it does not vary.
        for i in 0..<width where gram[i][i] <= 1e-20 * magnitude[i] { gram[i][i] = 0 }
        guard gram[0][0] > 0 else {
            throw MartletError(
                .invalidInput, "the price of '\(group)' never varies within '\(effect)', so it has no slope; leave that group out")
        }
        let slopes = solveSymmetric(gram, moment)
        let intercepts = means.mapValues { mean in mean.y - zip(mean.x, slopes).reduce(0) { $0 + $1.0 * $1.1 } }
        let residuals = rows.map { row in
            target[row] - (intercepts[design.effects[row]] ?? 0) - zip(design.x[row], slopes).reduce(0) { $0 + $1.0 * $1.1 }
        }
        let smearing = residuals.reduce(0) { $0 + exp($1) } / Double(residuals.count)
        return .init(slopes: slopes, intercepts: intercepts, smearing: smearing)
    }

    /// The columns that the rule reads, as numbers.
    fileprivate struct Design {
        let groups: [String]
        let effects: [String]
        let x: [[Double]]

        init(_ recipe: LogLogRule, _ table: Table) throws {
            let prices = try table.column(recipe.price).doubles
            if let row = prices.firstIndex(where: { !($0 > 0) }) {
                throw MartletError(
                    .invalidInput, "column '\(recipe.price)': expected a price above 0, found \(prices[row]) in row \(row + 1)")
            }
            let covariates = try recipe.covariates.map { try table.column($0).doubles.map { $0.isNaN ? 0 : $0 } }
            let groupColumn = try table.column(recipe.group)
            let effectColumn = try table.column(recipe.effect)
            groups = (0..<table.rowCount).map { groupColumn[$0].categoryName ?? "" }
            effects = (0..<table.rowCount).map { effectColumn[$0].categoryName ?? "" }
            x = prices.indices.map { row in [log(prices[row])] + covariates.map { $0[row] } }
        }
    }
}

/// A fitted rule.
public struct FittedLogLogRule: Fitted, Codable, Equatable {
    /// One group's coefficients.
    public struct Group: Codable, Sendable, Equatable {
        /// The elasticity, then the covariates' coefficients.
        public let slopes: [Double]
        /// The intercept of each effect.
        public let intercepts: [String: Double]
        /// The mean of `exp(residual)`: what turns exp(log units) into expected units (Duan 1983).
        public let smearing: Double

        /// The mean intercept, for an effect that was not seen.
        var meanIntercept: Double {
            intercepts.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value } / Double(max(intercepts.count, 1))
        }
    }

    /// The recipe that was fitted.
    public let recipe: LogLogRule
    /// The coefficients of each group.
    public let groups: [String: Group]

    /// Expected log units of each row; `nan` for a group that was not seen.
    public func predict(_ rows: FeatureRows) throws -> [Double] {
        let design = try LogLogRule.Design(recipe, rows.columns)
        return design.x.indices.map { row in
            guard let group = groups[design.groups[row]] else { return .nan }
            let intercept = group.intercepts[design.effects[row]] ?? group.meanIntercept
            return zip(design.x[row], group.slopes).reduce(intercept) { $0 + $1.0 * $1.1 }
        }
    }

    /// The own-price elasticity of each group.
    public var elasticities: [String: Double] { groups.mapValues { $0.slopes[0] } }
}

/// The solution of a small symmetric system by Gaussian elimination with pivoting; a direction that the data do not span
/// gets the coefficient 0. The diagonal is scaled to 1, so that the unit in which a column is measured decides nothing.
func solveSymmetric(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
    let size = right.count
    let scale = matrix.indices.map { matrix[$0][$0] > 0 ? 1 / matrix[$0][$0].squareRoot() : 0 }
    var rows = (0..<size).map { i in (0..<size).map { matrix[i][$0] * scale[i] * scale[$0] } + [right[i] * scale[i]] }
    var pivots = [Int?](repeating: nil, count: size)
    let tolerance = 1e-12
    var next = 0
    for column in 0..<size {
        guard let best = (next..<size).max(by: { abs(rows[$0][column]) < abs(rows[$1][column]) }),
            abs(rows[best][column]) > tolerance
        else { continue }
        rows.swapAt(next, best)
        for row in 0..<size where row != next {
            let factor = rows[row][column] / rows[next][column]
            for position in column...size { rows[row][position] -= factor * rows[next][position] }
        }
        pivots[column] = next
        next += 1
    }
    return (0..<size).map { column in pivots[column].map { rows[$0][size] / rows[$0][column] * scale[column] } ?? 0 }
}
