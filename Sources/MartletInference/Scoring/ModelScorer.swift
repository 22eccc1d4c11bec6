package import MartletCore

/// A model loaded for answering. Scoring is safe from several threads at once and keeps to the calling thread.
package final class ModelScorer: Sendable {
    /// What the model reads and answers.
    package let card: ModelCard
    private let forest: CompiledForest

    /// Loads a model. - Throws: `corrupt` where the trees read other features than the card says.
    package init(card: ModelCard, modelText: String) throws {
        self.card = card
        forest = try CompiledForest(try LightGBMModelReader.forest(Array(modelText.utf8), named: "model '\(card.name)'"))
        guard forest.featureNames.count == card.features.count else {
            throw MartletError(
                .corrupt,
                "model '\(card.name)': its trees read \(forest.featureNames.count) features, its card names \(card.features.count); make it again with 'martlet run'"
            )
        }
    }

    /// The expected quantity of each row.
    /// - Parameters:
    ///   - matrix: the card's features in its order.
    ///   - groups: each row's value of the card's `scaleBy`; one value stands for all rows.
    /// - Throws: `invalidInput` for another number of columns.
    package func quantities(_ matrix: Matrix, groups: [String?]) throws -> [Double] {
        guard matrix.columnCount == forest.featureNames.count else {
            throw MartletError(
                .invalidInput, "model '\(card.name)': expected \(forest.featureNames.count) features, found \(matrix.columnCount)")
        }
        let raw = forest.predictions(matrix.elements, rowCount: matrix.rowCount)
        return raw.indices.map { card.scale.quantity(raw[$0], group: groups.count == 1 ? groups[0] : groups[$0]) }
    }
}
