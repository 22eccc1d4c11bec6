import Foundation
package import MartletCore
package import MartletFeatures
package import MartletInference
package import MartletLearn
import MartletStore

/// A model with all that is needed to use it again: its card, its trees, its features and the rule that it beat.
package struct ModelBundle: Sendable {
    package let card: ModelCard
    package let assembler: FeatureAssembler
    package let scorer: ModelScorer
    package let rule: FittedLogLogRule

    /// Loads a bundle from its blobs.
    package init(_ platform: Platform, card: Digest, model: Digest, baseline: Digest) throws {
        let card = try platform.json(card).decoded(as: ModelCard.self)
        self.card = card
        assembler = FeatureAssembler(
            view: try FeatureView(definition: card.view), features: card.features, categories: card.categories
        )
        scorer = try ModelScorer(card: card, modelText: String(decoding: try platform.blobs.read(model), as: UTF8.self))
        rule = try platform.json(baseline).decoded(as: FittedLogLogRule.self)
    }

    /// The group whose factor scales each row's prediction.
    package func groups(_ rows: Table) throws -> [String?] {
        guard let column = try card.scaleBy.map({ try rows.column($0) }) else { return [nil] }
        return (0..<rows.rowCount).map { column[$0].categoryName }
    }

    /// The expected quantity of each joined row.
    package func quantities(_ rows: Table) throws -> [Double] {
        try scorer.quantities(try assembler.matrix(of: rows), groups: try groups(rows))
    }

    /// The rule's expected quantity of each row.
    package func ruleQuantities(_ rows: Table) throws -> [Double] {
        let groups = try rows.column(rule.recipe.group)
        return try rule.predict(FeatureRows(columns: rows)).enumerated().map { row, value in
            exp(value) * (rule.groups[groups[row].categoryName ?? ""]?.smearing ?? 1)
        }
    }
}
