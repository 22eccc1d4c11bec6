import MartletCore
import MartletEngines
import Testing

@Suite struct LightGBMBoosterTests {
    private let example = LightGBMExample(rows: 400, seed: 1)

    private func meanSquaredError(_ predictions: [Double], _ target: [Double]) -> Double {
        zip(predictions, target).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(target.count)
    }

    @Test func `training learns the example`() throws {
        let booster = try example.booster(iterations: 40)
        let fresh = LightGBMExample(rows: 200, seed: 2)
        // The noise alone has a mean squared error of 0.01 / 12; the mean as a prediction has one near 5.
        #expect(meanSquaredError(try booster.predict(fresh.features), fresh.target) < 0.2)
    }

    @Test func `evaluation values are those of the predictions`() throws {
        let training = try example.dataset()
        let fresh = LightGBMExample(rows: 100, seed: 3)
        let booster = try LightGBMBooster(training: training, parameters: LightGBMExample.parameters)
        try booster.addValidation(fresh.dataset(reference: training))
        for _ in 0..<5 { _ = try booster.update() }
        let expected = meanSquaredError(try booster.predict(fresh.features), fresh.target)
        // Targets are kept in single precision: 2⁻²⁴ of values below 10.
        #expect(abs(try booster.evaluate(dataset: 1)[0] - expected) < 1e-5)
    }

    @Test func `validation loss falls and the training loss lies below it`() throws {
        let training = try example.dataset()
        let booster = try LightGBMBooster(training: training, parameters: LightGBMExample.parameters)
        try booster.addValidation(LightGBMExample(rows: 100, seed: 3).dataset(reference: training))
        _ = try booster.update()
        let first = try booster.evaluate(dataset: 1)[0]
        for _ in 0..<30 { _ = try booster.update() }
        let last = try booster.evaluate(dataset: 1)[0]
        #expect(last < first)
        #expect(try booster.evaluate(dataset: 0)[0] < last)
    }

    @Test func `metrics have names in the order of their values`() throws {
        let parameters = LightGBMExample.parameters.merging(["metric": "l1,rmse"]) { $1 }
        let booster = try example.booster(iterations: 1, parameters: parameters)
        #expect(try booster.evaluationNames() == ["l1", "rmse"])
        #expect(try booster.evaluate(dataset: 0).count == 2)
    }

    @Test func `an evaluation of data that was never added is refused`() throws {
        let booster = try example.booster(iterations: 1)
        let error = try #require(throws: MartletError.self) { try booster.evaluate(dataset: 1) }
        #expect(error.message == "evaluation: expected a data set in 0..<1, found 1")
    }

    @Test func `validation data with bins of its own is refused`() throws {
        let booster = try example.booster(iterations: 1)
        let other = try LightGBMExample(rows: 100, seed: 3).dataset()
        let error = try #require(throws: MartletError.self) { try booster.addValidation(other) }
        #expect(error.code == .engine)
    }

    @Test func `the same seed gives the same bytes`() throws {
        let parameters = LightGBMExample.parameters
            .merging(["bagging_fraction": "0.7", "bagging_freq": "1", "feature_fraction": "0.8"]) { $1 }
        let texts = try (0..<2).map { _ in try example.booster(iterations: 20, parameters: parameters).modelText() }
        #expect(texts[0] == texts[1])
    }

    @Test func `another seed gives another model`() throws {
        let parameters = LightGBMExample.parameters.merging(["bagging_fraction": "0.7", "bagging_freq": "1"]) { $1 }
        let other = parameters.merging(["seed": "8"]) { $1 }
        let trees = try [parameters, other].map { parameters in
            try example.booster(iterations: 5, parameters: parameters).predict(example.features)
        }
        #expect(trees[0] != trees[1])
    }

    @Test func `training ends when no split helps`() throws {
        let features = Matrix(names: ["a"], columns: [(0..<50).map { Double($0) }])
        let data = try LightGBMDataset(
            features: features, target: [Double](repeating: 1, count: 50), parameters: LightGBMExample.parameters
        )
        let booster = try LightGBMBooster(training: data, parameters: LightGBMExample.parameters)
        #expect(try booster.update())
    }

    @Test func `an iteration taken back leaves the model of one fewer`() throws {
        let booster = try example.booster(iterations: 6)
        try booster.rollbackOneIteration()
        #expect(try booster.iterationCount == 5)
        #expect(try booster.predict(example.features) == example.booster(iterations: 5).predict(example.features))
    }

    @Test func `initial scores shift where boosting starts`() throws {
        let parameters = LightGBMExample.parameters
        let data = try LightGBMDataset(
            features: example.features, target: example.target, initialScores: example.target, parameters: parameters
        )
        let booster = try LightGBMBooster(training: data, parameters: parameters)
        #expect(try booster.evaluate(dataset: 0)[0] < 1e-10)
    }

    @Test func `weights count rows as often as they say`() throws {
        let parameters = LightGBMExample.parameters
        let features = Matrix(names: ["a"], columns: [(0..<20).map { Double($0 % 2) }])
        let target = (0..<20).map { $0 < 10 ? 0.0 : 1.0 }
        let weights = (0..<20).map { $0 < 10 ? 1.0 : 3.0 }
        let data = try LightGBMDataset(features: features, target: target, weights: weights, parameters: parameters)
        let booster = try LightGBMBooster(training: data, parameters: parameters)
        _ = try booster.update()
        let mean = try booster.predict(features).reduce(0, +) / 20
        // Leaf values are kept in double precision, gradients in single.
        #expect(abs(mean - 0.75) < 1e-6)
    }

    @Test func `a parameter that the objective forbids carries LightGBM's message`() throws {
        let data = try example.dataset()
        let error = try #require(throws: MartletError.self) {
            try LightGBMBooster(training: data, parameters: ["objective": "nonsense", "num_threads": "1"])
        }
        #expect(error.code == .engine && error.message.contains("nonsense"))
    }
}
