package import MartletCore
import MartletEngines

/// A model loaded for answering. Scoring is safe from several threads at once and keeps to the calling thread.
package final class ModelScorer: Sendable {
    /// What the model reads and answers.
    package let card: ModelCard
    private let booster: LightGBMBooster

    /// Loads a model. - Throws: `corrupt` where the trees read other features than the card says.
    package init(card: ModelCard, modelText: String) throws {
        self.card = card
        booster = try LightGBMBooster(modelText: modelText)
        guard booster.featureCount == card.features.count else {
            throw MartletError(
                .corrupt,
                "model '\(card.name)': its trees read \(booster.featureCount) features, its card names \(card.features.count); make it again with 'martlet run'"
            )
        }
    }

    /// The expected quantity of each row.
    /// - Parameters:
    ///   - matrix: the card's features in its order.
    ///   - groups: each row's value of the card's `scaleBy`; one value stands for all rows.
    package func quantities(_ matrix: Matrix, groups: [String?]) throws -> [Double] {
        let raw = try booster.predict(matrix, raw: false, threads: 1)
        return raw.indices.map { card.scale.quantity(raw[$0], group: groups.count == 1 ? groups[0] : groups[$0]) }
    }
}
