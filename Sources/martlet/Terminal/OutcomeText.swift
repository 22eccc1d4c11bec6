import MartletCore
import MartletLearn
import MartletPlatform

/// An outcome report for people.
struct OutcomeText {
    private let report: OutcomeReport

    init(_ report: OutcomeReport) { self.report = report }

    /// The lines.
    var lines: [String] { traffic + errors + profits + limits }

    private var traffic: [String] {
        let share = Double(report.withOutcome) / Double(max(1, report.decisions))
        return [
            "",
            "Traffic of \(report.endpoint), release \(Digest(report.release)?.short ?? report.release)",
            "  \(report.decisions.grouped) decisions, \(report.withOutcome.grouped) with an outcome (\((share * 100).formatted(places: 1))%)",
        ] + excluded
    }

    private var excluded: [String] {
        var lines: [String] = []
        if report.seenInTraining > 0 {
            lines.append("  left out: \(report.seenInTraining.grouped) about times that the model was fitted on")
        }
        if report.unjoined > 0 { lines.append("  \(report.unjoined.grouped) outcomes name no request that was answered here") }
        let unsold = report.withOutcome - report.modelError.count
        if unsold > 0 { lines.append("  \(unsold.grouped) sold nothing, and have no error on the scale of logarithms") }
        return lines
    }

    private var errors: [String] {
        var table = TextTable("error on log units, at the prices charged", ">RMSE", ">MAE", ">bias")
        for (name, error) in [("model", report.modelError), ("rule", report.ruleError)] {
            table.add(name, error.rmse.formatted(places: 3), error.mae.formatted(places: 3), error.bias.formatted(places: 3))
        }
        return [""] + table.lines + ["  units predicted over units sold: \(report.unitsRatio.formatted(places: 3))"]
    }

    private var profits: [String] {
        var sums = TextTable("profit in $, estimated by", ">charged", ">rule", ">martlet")
        for judge in report.judges {
            sums.add(judge.name, Int(judge.charged).grouped, Int(judge.rule).grouped, Int(judge.model).grouped)
        }
        let byCluster = ratios("95% by \(report.cluster)") { ($0.overCharged, $0.overRule) }
        let byTime = ratios("95% by \(report.time)") { judge in
            judge.overChargedByTime.flatMap { charged in judge.overRuleByTime.map { (charged, $0) } }
        }
        let prices =
            "  mean price: charged \(report.meanCharged.formatted(places: 2)), rule \(report.meanRule.formatted(places: 2)), "
            + "martlet \(report.meanModel.formatted(places: 2)); really earned at the prices charged: \(Int(report.realProfit).grouped)"
        return [""] + sums.lines + [""] + byCluster + byTime + [""] + prices.wrapped()
            + report.judges.flatMap { "  \($0.name): \($0.caveat)".wrapped(indent: 2) }
    }

    private func ratios(_ heading: String, _ estimates: (OutcomeReport.Judge) -> (Estimate, Estimate)?) -> [String] {
        var table = TextTable("martlet's, \(heading)", ">over charged", ">over the rule's")
        for judge in report.judges {
            guard let (charged, rule) = estimates(judge) else { return [] }
            table.add(judge.name, interval(charged), interval(rule))
        }
        return table.lines
    }

    private func interval(_ estimate: Estimate) -> String {
        "\(estimate.value.signedPercent) [\(estimate.low.signedPercent) \(estimate.high.signedPercent)]"
    }

    private var limits: [String] {
        let overRule = report.judges.flatMap { [$0.overRule, $0.overRuleByTime].compactMap { $0 } }
        let agreement =
            overRule.isEmpty
            ? "No judge could say what its prices earn."
            : overRule.allSatisfy { $0.low > 0 }
                ? "All judges agree that martlet's prices earn more than the rule's."
                : overRule.allSatisfy { $0.high < 0 }
                    ? "All judges agree that martlet's prices earn less than the rule's."
                    : "The judges do not agree whether martlet's prices earn more than the rule's: this traffic does not settle it."
        let limits =
            "What it cannot prove: what would have been sold at a price that was not charged. The prices of the past were not "
            + "drawn at random, every \(report.cluster) shares shocks of a week with the others, and one brand's gain may be another's "
            + "loss; judges that share a form with a chooser favour it, and every interval takes its judge's own fit for "
            + "granted. An A/B test settles it; 'explore' above 0% logs the propensities that a weighted estimate needs."
        return [""] + "What this proves: the model's error, on weeks it never saw. \(agreement)".wrapped() + limits.wrapped()
    }
}
