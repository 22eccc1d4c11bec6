import Foundation
import MartletCore
import MartletFeatures
package import MartletLearn
import MartletRollout
import MartletStore

/// What an endpoint's decisions earned, as far as logged traffic can tell.
///
/// The prices that were chosen were not the ones charged, so what they would have sold is an estimate. Each judge makes
/// that estimate in its own way; where judges disagree, the traffic does not settle the question.
package struct OutcomeReport: Sendable, Codable, Equatable {
    /// One way to estimate what a price would have earned.
    package struct Judge: Sendable, Codable, Equatable {
        package let name: String
        /// What the judge is, and what speaks against it.
        package let caveat: String
        /// Expected profit at the prices charged, at the rule's and at the model's.
        package let charged: Double
        package let rule: Double
        package let model: Double
        /// The model's profit relative to the others', minus 1, with intervals by cluster.
        package let overCharged: Estimate
        package let overRule: Estimate
        /// The same with intervals by event time, whose shocks all clusters share; `nil` for traffic of one time.
        package let overChargedByTime: Estimate?
        package let overRuleByTime: Estimate?
    }

    /// A judge that this traffic does not suffice for.
    package struct AbsentJudge: Sendable, Codable, Equatable {
        package let name: String
        /// What the judge lacks.
        package let reason: String
    }

    package let endpoint: String
    package let release: String
    package let decisions: Int
    package let withOutcome: Int
    /// Outcomes about times that the model was fitted on, which do not count.
    package let seenInTraining: Int
    /// Outcomes that name no request answered here.
    package let unjoined: Int
    /// The model's and the rule's error on log units at the prices really charged.
    package let modelError: RegressionMetrics
    package let ruleError: RegressionMetrics
    /// Units predicted over units sold.
    package let unitsRatio: Double
    /// Mean prices.
    package let meanCharged: Double
    package let meanRule: Double
    package let meanModel: Double
    /// What was really earned, at the cost that was told with the outcomes; judges reckon with that cost too.
    package let realProfit: Double
    /// The judges, the most partial first.
    package let judges: [Judge]
    /// The judges that could not judge, and why.
    package let absentJudges: [AbsentJudge]
    /// The column that is resampled whole for intervals, and the column of the event time.
    package let cluster: String
    package let time: String
}

/// Makes the report of one release.
package struct OutcomeWorkflow: Sendable {
    private let platform: Platform
    private let release: LoadedRelease
    private let model: ModelSpecification
    private let traffic: LoggedTraffic
    private let clusters: [String]

    /// Reads a release's traffic. - Throws: `notFound` where no decision has an outcome yet.
    package init(_ platform: Platform, endpoint: String) throws {
        let specification = try platform.endpoint(endpoint)
        guard let model = platform.project.models[specification.model] else {
            throw MartletError(.notFound, "endpoint '\(endpoint)': there is no model '\(specification.model)'")
        }
        self.platform = platform
        self.model = model
        release = try LoadedRelease(platform, deployedAt: endpoint)
        traffic = try LoggedTraffic(platform, release)
        guard !traffic.sold.isEmpty else {
            throw MartletError(
                .notFound,
                "endpoint '\(endpoint)': none of \(traffic.decisionCount) decisions of release v\(release.version) has an outcome yet; "
                    + "post them to /v1/endpoints/\(endpoint)/outcomes, or replay with 'martlet replay \(endpoint)'"
            )
        }
        let column = try traffic.rows.column(model.gate.cluster)
        clusters = (0..<column.count).map { column[$0].categoryName ?? "" }
    }

    private var price: String { release.specification.decision.price }
    private var bundle: ModelBundle { release.bundle }

    private func rows(at prices: [Double]) throws -> Table {
        Table(traffic.rows.columns.map { $0.name == price ? Column(price, .real(prices)) : $0 })
    }

    /// Judges the traffic.
    package func report() throws -> OutcomeReport {
        let atCharged = try rows(at: traffic.charged)
        let modelUnits = try bundle.quantities(atCharged)
        let ruleUnits = try bundle.ruleQuantities(atCharged)
        let rulePrices = try rulePrices(ruleUnits)
        let logSold = traffic.sold.map { Foundation.log($0) }
        let (judges, absent) = try judges(rulePrices, modelUnits, atCharged, logSold)
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
        return OutcomeReport(
            endpoint: release.endpoint, release: release.digest.description, decisions: traffic.decisionCount,
            withOutcome: traffic.sold.count, seenInTraining: traffic.seenInTraining, unjoined: traffic.unjoined,
            modelError: RegressionMetrics(actual: logSold, predicted: try bundle.logPredictions(atCharged)),
            ruleError: RegressionMetrics(actual: logSold, predicted: try bundle.rule.predict(FeatureRows(columns: atCharged))),
            unitsRatio: modelUnits.reduce(0, +) / traffic.sold.reduce(0, +),
            meanCharged: mean(traffic.charged), meanRule: mean(rulePrices), meanModel: mean(traffic.chosen),
            realProfit: traffic.sold.indices.reduce(0) { $0 + traffic.sold[$1] * (traffic.charged[$1] - traffic.realCost[$1]) },
            judges: judges, absentJudges: absent, cluster: model.gate.cluster, time: bundle.assembler.view.eventTime
        )
    }

    // MARK: What the rule would have charged

    /// The rule's own decisions, with the same candidates and guardrails; today's price where it may do nothing.
    private func rulePrices(_ unitsAtCharged: [Double]) throws -> [Double] {
        let groups = try traffic.rows.column(bundle.rule.recipe.group)
        let policy = release.specification.decision.policy
        return try traffic.situations.enumerated().map { row, situation in
            let name = groups[row].categoryName ?? ""
            let slope = bundle.rule.elasticities[name] ?? 0
            let candidates = policy.candidates(for: situation)
            let units = candidates.map { unitsAtCharged[row] * pow($0 / traffic.charged[row], slope) }
            do {
                return try policy.decide(candidates: candidates, units: units, in: situation).chosen.price
            } catch let error as MartletError where error.code == .gateRefused {
                return situation.today
            }
        }
    }

    // MARK: Judges

    private static let ownName = "the model itself"
    private static let logLogName = "log-log on these outcomes"
    private static let treeName = "trees on these outcomes"
    /// The fewest outcomes that a judge is fitted on.
    private static let logLogOutcomesMin = 100
    private static let treeOutcomesMin = 1_000

    /// All judges; one that this traffic does not suffice for is named with its reason.
    private func judges(
        _ rulePrices: [Double], _ modelUnits: [Double], _ atCharged: Table, _ logSold: [Double]
    ) throws -> ([OutcomeReport.Judge], [OutcomeReport.AbsentJudge]) {
        var judges: [OutcomeReport.Judge] = []
        var absent: [OutcomeReport.AbsentJudge] = []
        let all = [
            (Self.ownName, { try ownJudge(rulePrices, modelUnits) }),
            (Self.logLogName, { try logLogJudge(rulePrices, atCharged, logSold) }),
            (Self.treeName, { try treeJudge(rulePrices, atCharged, logSold) }),
        ]
        for (name, judge) in all {
            do {
                judges.append(try judge())
            } catch let error as MartletError where error.code == .unavailable || error.code == .invalidInput {
                absent.append(.init(name: name, reason: error.message))
            }
        }
        return (judges, absent)
    }

    private func ownJudge(_ rulePrices: [Double], _ unitsAtCharged: [Double]) throws -> OutcomeReport.Judge {
        try judge(
            Self.ownName, "optimistic: it chose the prices, and its own errors look like profit", rulePrices,
            charged: unitsAtCharged, rule: try bundle.quantities(rows(at: rulePrices)),
            model: try bundle.quantities(rows(at: traffic.chosen))
        )
    }

    /// A rule of the baseline's form, fitted on the logged outcomes alone.
    private func logLogJudge(_ rulePrices: [Double], _ atCharged: Table, _ logSold: [Double]) throws -> OutcomeReport.Judge {
        let usable = logSold.indices.filter { logSold[$0].isFinite }
        guard usable.count >= Self.logLogOutcomesMin else {
            throw MartletError(.unavailable, "it takes \(Self.logLogOutcomesMin) outcomes with something sold, there are \(usable.count)")
        }
        let rows = LabelledRows(features: FeatureRows(columns: atCharged.taking(usable)), target: usable.map { logSold[$0] })
        let fitted = try model.baseline.fit(training: rows, validation: nil, seed: platform.project.seed) { _, _ in }
        let groups = try atCharged.column(model.baseline.group)
        let slopes = logSold.indices.map { fitted.elasticities[groups[$0].categoryName ?? ""] ?? 0 }
        func units(_ prices: [Double]) -> [Double] {
            prices.indices.map { traffic.sold[$0] * pow(prices[$0] / traffic.charged[$0], slopes[$0]) }
        }
        return try judge(
            Self.logLogName, "independent of the model, but of the rule's form, with slopes from few weeks", rulePrices,
            charged: traffic.sold, rule: units(rulePrices), model: units(traffic.chosen)
        )
    }

    /// Trees fitted on the logged outcomes of one half of the clusters, judging the other half.
    private func treeJudge(_ rulePrices: [Double], _ atCharged: Table, _ logSold: [Double]) throws -> OutcomeReport.Judge {
        let names = Set(clusters).sorted()
        let half = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0 % 2) })
        var units = (rule: traffic.sold, model: traffic.sold)
        var estimator = try model.estimator(bundle.assembler, threads: ProjectPipeline.trainingThreads)
        estimator.treesMax = min(100, estimator.treesMax)
        estimator.parameters["min_data_in_leaf"] = "50"
        for side in 0...1 {
            let learn = logSold.indices.filter { half[clusters[$0]] != side && logSold[$0].isFinite }
            let apply = logSold.indices.filter { half[clusters[$0]] == side }
            guard learn.count >= Self.treeOutcomesMin, !apply.isEmpty else {
                throw MartletError(
                    .unavailable,
                    "it takes \(Self.treeOutcomesMin) outcomes with something sold in each half of the \(model.gate.cluster)s, one has \(learn.count)"
                )
            }
            let table = atCharged.taking(learn)
            let rows = LabelledRows(
                features: FeatureRows(matrix: try bundle.assembler.matrix(of: table), columns: table), target: learn.map { logSold[$0] }
            )
            let forest = try estimator.fit(training: rows, validation: nil, seed: platform.project.seed) { _, _ in }
            func predicted(_ prices: [Double]) throws -> [Double] {
                let table = try self.rows(at: prices).taking(apply)
                return try forest.predict(FeatureRows(matrix: try bundle.assembler.matrix(of: table), columns: table))
            }
            let charged = try predicted(traffic.charged)
            let rule = try predicted(rulePrices)
            let chosen = try predicted(traffic.chosen)
            for (position, row) in apply.enumerated() {
                units.rule[row] *= exp(rule[position] - charged[position])
                units.model[row] *= exp(chosen[position] - charged[position])
            }
        }
        return try judge(
            Self.treeName, "independent of the model, but of its form; fitted on one half of the \(model.gate.cluster)s, judging the other",
            rulePrices,
            charged: traffic.sold, rule: units.rule, model: units.model
        )
    }

    private func judge(
        _ name: String, _ caveat: String, _ rulePrices: [Double], charged: [Double], rule: [Double], model: [Double]
    ) throws -> OutcomeReport.Judge {
        // Choosing may know only the last cost; judging takes the cost that there turned out to be.
        let cost = traffic.realCost
        func profit(_ units: [Double], _ prices: [Double]) -> [Double] {
            units.indices.map { units[$0] * (prices[$0] - cost[$0]) }
        }
        let terms = [profit(charged, traffic.charged), profit(rule, rulePrices), profit(model, traffic.chosen)]
        let bootstrap = ClusterBootstrap(seed: platform.project.seed)
        let times = traffic.times.map(String.init)
        func byTime(_ statistic: ([Double]) -> Double) throws -> Estimate? {
            Set(times).count < 2 ? nil : try bootstrap.estimate(terms: terms, clusters: times, statistic: statistic)
        }
        return OutcomeReport.Judge(
            name: name, caveat: caveat, charged: terms[0].reduce(0, +), rule: terms[1].reduce(0, +), model: terms[2].reduce(0, +),
            overCharged: try bootstrap.estimate(terms: terms, clusters: clusters) { $0[2] / $0[0] - 1 },
            overRule: try bootstrap.estimate(terms: terms, clusters: clusters) { $0[2] / $0[1] - 1 },
            overChargedByTime: try byTime { $0[2] / $0[0] - 1 },
            overRuleByTime: try byTime { $0[2] / $0[1] - 1 }
        )
    }
}
