import MartletCore
import MartletEngines
import MartletLearn
import Testing

/// Demand that falls with the price, with noise enough to tempt trees into the opposite.
private struct Demand {
    var rows: LabelledRows

    init(count: Int, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var elements: [Double] = []
        var target: [Double] = []
        for _ in 0..<count {
            let price = 1 + random.unit()
            let brand = Double(random.index(below: 4))
            let deal = random.unit() < 0.1 ? Double.nan : random.unit()
            elements += [price, brand, deal]
            target.append(5 - 2 * price + brand + (deal > 0.5 ? 1 : 0) + 2 * (random.unit() + random.unit() - 1))
        }
        let matrix = Matrix(names: ["price", "brand", "deal"], elements: elements)
        let columns = Table(matrix.names.indices.map { Column(matrix.names[$0], .real(matrix.column($0))) })
        rows = LabelledRows(features: FeatureRows(matrix: matrix, columns: columns), target: target)
    }

    static func estimator(
        _ parameters: [String: String] = [:], treesMax: Int = 40, patience: Int = 10, monotone: [Int] = []
    ) -> LightGBMEstimator {
        let plain = ["objective": "regression", "metric": "rmse", "learning_rate": "0.3", "num_leaves": "15", "min_data_in_leaf": "5"]
        return LightGBMEstimator(
            parameters: plain.merging(parameters) { $1 }, treesMax: treesMax, patience: patience, categorical: [1],
            monotone: monotone
        )
    }
}

struct LightGBMEstimatorTests {
    private let training = Demand(count: 400, seed: 1).rows
    private let validation = Demand(count: 200, seed: 2).rows

    @Test func `the same rows and seed give the same bytes, another seed others`() throws {
        let sampling = ["bagging_fraction": "0.7", "bagging_freq": "1", "feature_fraction": "0.7"]
        let models = try [UInt64(7), 7, 8].map { seed in
            try Demand.estimator(sampling).fitted(training, validation, seed: seed)
        }
        #expect(models[0].modelText == models[1].modelText && models[0].trees == models[1].trees)
        #expect(models[0].modelText != models[2].modelText)
    }

    @Test func `no seed is too great`() throws {
        let estimator = Demand.estimator(treesMax: 2)
        #expect(throws: Never.self) { try estimator.fitted(training, seed: .max) }
    }

    // MARK: Early stopping

    private func rmse(_ model: FittedForest, _ rows: LabelledRows) throws -> Double {
        RegressionMetrics(actual: rows.target, predicted: try model.predict(rows.features)).rmse
    }

    @Test func `the number of trees is the one whose validation loss is least`() throws {
        let chosen = try Demand.estimator(treesMax: 60, patience: 15).fitted(training, validation)
        let losses = try (1...chosen.trees + 15).map { trees in
            try rmse(Demand.estimator(treesMax: trees).fitted(training), validation)
        }
        let least = try #require(losses.min())
        #expect(losses.firstIndex(of: least) == chosen.trees - 1)
        #expect(chosen.trees > 1 && chosen.trees < 45)
        // LightGBM keeps targets in single precision.
        #expect(abs((chosen.validationLoss ?? .nan) - least) < 1e-6 * least)
    }

    @Test func `the chosen number of trees is fitted again on all rows`() throws {
        let chosen = try Demand.estimator().fitted(training, validation)
        let all = LabelledRows(
            features: FeatureRows(
                matrix: Matrix(
                    names: training.features.matrix.names,
                    elements: training.features.matrix.elements + validation.features.matrix.elements
                ),
                columns: Table(zip(training.features.columns.columns, validation.features.columns.columns).map { $0.appending($1) })
            ),
            target: training.target + validation.target
        )
        let direct = try Demand.estimator(treesMax: chosen.trees).fitted(all)
        #expect(direct.modelText == chosen.modelText && direct.validationLoss == nil)
    }

    @Test func `trees are at most those that were allowed`() throws {
        let model = try Demand.estimator(treesMax: 3, patience: 50).fitted(training, validation)
        #expect((1...3).contains(model.trees))
    }

    @Test func `a fit that can split no more has as many trees as it grew`() throws {
        let model = try Demand.estimator(["min_data_in_leaf": "300"], treesMax: 50).fitted(training)
        let mean = training.target.reduce(0, +) / 400
        #expect(model.trees == 1)
        #expect(try model.predict(training.features).allSatisfy { abs($0 - mean) < 1e-5 })
    }

    @Test(arguments: [false, true])
    func `progress goes from 0 to 1 and never back`(_ hasValidation: Bool) throws {
        var shares: [Double] = []
        _ = try Demand.estimator(treesMax: 30, patience: 3)
            .fit(training: training, validation: hasValidation ? validation : nil, seed: 1) { share, _ in shares.append(share) }
        #expect(shares == shares.sorted() && shares.last == 1 && shares.allSatisfy { (0...1).contains($0) })
    }

    @Test func `a cancelled task fits no further`() async {
        let (training, validation) = (training, validation)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try Demand.estimator().fitted(training, validation)
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    // MARK: Monotone constraints

    /// How many random rows have a prediction that rises along a grid of prices.
    private func risingCount(_ monotone: [Int]) throws -> Int {
        let model = try Demand.estimator(monotone: monotone).fitted(training)
        var random = SplitMix64(seed: 3)
        return try (0..<100).count { _ in
            let rest = [Double(random.index(below: 5)), random.unit() < 0.2 ? .nan : random.unit()]
            let matrix = Matrix(names: ["price", "brand", "deal"], elements: (0..<60).flatMap { [0.9 + Double($0) / 50] + rest })
            let columns = Table([Column("price", .real(matrix.column(0)))])
            let values = try model.predict(FeatureRows(matrix: matrix, columns: columns))
            return zip(values, values.dropFirst()).contains { $0 < $1 }
        }
    }

    @Test func `a prediction that must not rise with the price never does`() throws {
        #expect(try risingCount([-1, 0, 0]) == 0)
    }

    @Test func `without the constraint these rows do rise`() throws {
        #expect(try risingCount([]) > 50)
    }

    // MARK: Refusals

    @Test func `a parameter that LightGBM lacks is refused with the nearest one`() throws {
        let error = try #require(throws: MartletError.self) {
            try Demand.estimator(["lerning_rate": "0.1"]).fitted(training)
        }
        #expect(error.code == .invalidInput && error.message.contains("did you mean 'learning_rate'?"))
    }

    @Test func `the metric is what early stopping needs`() throws {
        let error = try #require(throws: MartletError.self) {
            try Demand.estimator(["metric": "none"]).fitted(training, validation)
        }
        #expect(error.code == .invalidInput && error.message.contains("metric"))
    }

    @Test func `a target that is not finite is refused`() throws {
        var rows = training
        rows.target[3] = .nan
        let error = try #require(throws: MartletError.self) { try Demand.estimator().fitted(rows) }
        #expect(error.code == .invalidInput)
    }

    @Test func `rows with other features are refused`() throws {
        let model = try Demand.estimator(treesMax: 2).fitted(training)
        let narrow = FeatureRows(
            matrix: Matrix(names: ["price"], elements: [1]), columns: Table([Column("price", .real([1]))])
        )
        #expect(throws: MartletError.self) { try model.predict(narrow) }
    }

    @Test func `text that is no model is refused`() throws {
        #expect(throws: MartletError.self) { try FittedForest(modelText: "tree\n", trees: 1, validationLoss: nil) }
    }

    // MARK: What a model tells

    @Test func `a model that is read from its text predicts the same`() throws {
        let model = try Demand.estimator().fitted(training)
        let read = try FittedForest(modelText: model.modelText, trees: model.trees, validationLoss: nil)
        #expect(try read.predict(validation.features) == model.predict(validation.features))
    }

    @Test func `shares of gain sum to 1, the greatest first`() throws {
        let shares = try Demand.estimator().fitted(training).gainShares()
        #expect(Set(shares.map(\.feature)) == ["price", "brand", "deal"])
        #expect(abs(shares.reduce(0) { $0 + $1.share } - 1) < 1e-12)
        #expect(shares.map(\.share) == shares.map(\.share).sorted(by: >))
    }
}
