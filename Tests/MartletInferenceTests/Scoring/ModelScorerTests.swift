import Foundation
import MartletCore
import MartletEngines
import MartletInference
import Testing

@Suite struct ModelScorerTests {
    private let modelText: String
    private let rows: Matrix

    /// A model of y = 3a - 2b and some rows, one of them with a missing value.
    init() throws {
        var random = SplitMix64(seed: 3)
        let (a, b) = ((0..<400).map { _ in random.unit() }, (0..<400).map { _ in random.unit() })
        let parameters = [
            "objective": "regression", "min_data_in_leaf": "5", "seed": "1", "num_threads": "1", "verbosity": "-1",
        ]
        let data = try LightGBMDataset(
            features: Matrix(names: ["a", "b"], columns: [a, b]), target: zip(a, b).map { 3 * $0 - 2 * $1 },
            categorical: [],
            parameters: parameters, reference: nil
        )
        let booster = try LightGBMBooster(training: data, parameters: parameters)
        for _ in 0..<20 { _ = try booster.update() }
        modelText = try booster.modelText()
        rows = Matrix(names: ["a", "b"], elements: [0.1, 0.9, 0.5, 0.5, 0.9, 0.1, .nan, 0.3])
    }

    private func card(features: [String] = ["a", "b"], scale: ResponseScale) -> ModelCard {
        ModelCard(
            name: "demand", target: "units", features: features, categories: [:], view: [:], timeKind: "integer",
            scale: scale,
            scaleBy: "brand", inputs: [], trees: 20, seed: 1
        )
    }

    private func raw() throws -> [Double] {
        try LightGBMBooster(modelText: modelText).predict(rows, raw: true, threads: 1)
    }

    /// LightGBM rounds each of its 20 additions; here the sum is rounded once.
    private func areClose(_ own: [Double], _ expected: [Double]) -> Bool {
        own.count == expected.count && zip(own, expected).allSatisfy { abs($0 - $1) <= 1e-14 * max(1, abs($1)) }
    }

    @Test func `on the identity scale a quantity is what the trees add up to`() throws {
        let scorer = try ModelScorer(card: card(scale: .identity), modelText: modelText)
        #expect(try areClose(scorer.quantities(rows, groups: [nil]), raw()))
    }

    @Test func `on the log scale each row is smeared by its own group, and others by the common factor`() throws {
        let scorer = try ModelScorer(
            card: card(scale: .log(factors: ["1": 1.5, "2": 2], fallback: 1.25)), modelText: modelText)
        let quantities = try scorer.quantities(rows, groups: ["1", "2", "3", nil])
        let expected = zip(try raw(), [1.5, 2, 1.25, 1.25]).map { exp($0) * $1 }
        #expect(areClose(quantities, expected))
    }

    @Test func `one group stands for all rows`() throws {
        let scorer = try ModelScorer(card: card(scale: .log(factors: ["1": 1.5], fallback: 1)), modelText: modelText)
        let expected = try raw().map { exp($0) * 1.5 }
        #expect(try areClose(scorer.quantities(rows, groups: ["1"]), expected))
    }

    @Test func `no rows have no quantities`() throws {
        let scorer = try ModelScorer(card: card(scale: .identity), modelText: modelText)
        let quantities = try scorer.quantities(Matrix(names: ["a", "b"], elements: []), groups: [nil])
        #expect(quantities.isEmpty)
    }

    @Test func `a card that names another number of features is corrupt`() {
        let error = #expect(throws: MartletError.self) {
            try ModelScorer(card: card(features: ["a", "b", "c"], scale: .identity), modelText: modelText)
        }
        #expect(error?.code == .corrupt)
        #expect(
            error?.message
                == "model 'demand': its trees read 2 features, its card names 3; make it again with 'martlet run'"
        )
    }

    @Test func `a text that is no model is corrupt`() {
        let error = #expect(throws: MartletError.self) {
            try ModelScorer(card: card(scale: .identity), modelText: String(modelText.prefix(200)))
        }
        #expect(error?.code == .corrupt)
    }

    @Test func `rows of another width are refused`() throws {
        let scorer = try ModelScorer(card: card(scale: .identity), modelText: modelText)
        let error = #expect(throws: MartletError.self) {
            try scorer.quantities(Matrix(names: ["a"], elements: [1]), groups: [nil])
        }
        #expect(error?.code == .invalidInput)
    }
}
