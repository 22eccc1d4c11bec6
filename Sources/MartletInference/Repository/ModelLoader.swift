import MartletCore

/// Makes models of files, whatever their format, and measures what their batches cost.
package struct ModelLoader: Sendable {
    /// How models are served, where their settings do not say otherwise.
    package struct Configuration: Sendable {
        /// 99 of 100 requests are to be answered within this time, in seconds.
        package var objectiveSeconds = 0.05
        /// The most rows of one run of several requests.
        package var batchRowCountMax = 1_024
        /// How long measuring a forest's cost may take at loading, in seconds.
        package var measuringSeconds = 0.02
        /// How long measuring a neural net's cost may take at loading, in seconds; one run takes milliseconds.
        package var neuralMeasuringSeconds = 0.3

        /// The usual configuration.
        package init() {}
    }

    /// Forests run on the connection's own thread up to so many seconds; others of that thread wait meanwhile.
    static let directSecondsMax = 0.005

    /// What a row is believed to cost of a model that is not to be run at loading, in seconds, until requests have shown it.
    static let unmeasuredRowSeconds = 0.01

    package var configuration: Configuration

    /// Makes a loader.
    package init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

    /// Loads a model, warms it up and measures it.
    /// - Parameter path: a model file (LightGBM, XGBoost, ONNX, OpenVINO), or a folder with one or with a sentence embedder; see
    ///   `ModelPlace` for the names, `ModelSettings` for what may be said beside it.
    /// - Throws: `notFound`, `corrupt`, `invalidInput`, `engine` where it is no model that is read here; `unavailable` without OpenVINO.
    package func load(_ name: String, version: Int, path: String) throws -> ServedModel {
        let place = try ModelPlace(path, of: name)
        let model = try Self.model(at: place)
        let policy = policy(place, hasIndependentRows: model.signature.hasIndependentRows)
        return try ServedModel(
            name: name, version: version, model: model, policy: policy, curve: try curve(model, place, policy),
            summary: Self.summary(model, place))
    }

    private static func model(at place: ModelPlace) throws -> any TensorModel {
        switch place.kind {
        case .forest: try ForestModel(Forest(contentsOf: place.path))
        case .network: try NeuralModel(path: place.path, configuration: place.settings.neural)
        case .sentences: try SentenceEmbedder(folder: place.path, configuration: place.settings.neural)
        }
    }

    private static func summary(_ model: any TensorModel, _ place: ModelPlace) -> String {
        guard place.kind != .forest else { return model.signature.platform }
        let (threads, streams) = (place.settings.neural.threadCount, place.settings.neural.streamCount)
        let counts = "\(threads) thread\(threads == 1 ? "" : "s")" + (streams == 1 ? "" : ", \(streams) streams")
        return "\(model.signature.platform), \(place.settings.neural.precision.rawValue), \(counts)"
    }

    private func policy(_ place: ModelPlace, hasIndependentRows: Bool) -> BatchingPolicy {
        let objective = place.settings.objectiveSeconds ?? configuration.objectiveSeconds
        let rowCountMax = place.settings.batchRowCountMax ?? configuration.batchRowCountMax
        var policy = BatchingPolicy(objectiveSeconds: objective, rowCountMax: hasIndependentRows ? rowCountMax : 1)
        // Rows that depend on one another belong to one request: each runs by itself, and waits in the same queue.
        if !hasIndependentRows { policy.requestCountMax = 1 }
        if place.kind == .forest {
            policy.directSecondsMax = min(objective, Self.directSecondsMax)
        } else {
            policy.runnerCount = place.settings.neural.streamCount
        }
        return policy
    }

    private func curve(_ model: any TensorModel, _ place: ModelPlace, _ policy: BatchingPolicy) throws -> CostCurve {
        guard place.kind == .forest || !place.settings.neural.warmUpRowCounts.isEmpty else {
            return try CostCurve(points: [CostCurve.Point(rows: 1, seconds: Self.unmeasuredRowSeconds)], weight: 1)
        }
        var examples: [Int: [Tensor]] = [:]
        func run(rows: Int) throws {
            let example = examples[rows] ?? Self.example(model, rows: rows)
            examples[rows] = example
            _ = try model.predict(example)
        }
        try run(rows: 1)
        let budget = place.kind == .forest ? configuration.measuringSeconds : configuration.neuralMeasuringSeconds
        return try CostCurve.measure(
            ladder: CostCurve.ladder(upTo: policy.rowCountMax), budgetSeconds: budget, clock: SystemBatchClock(), run: run)
    }

    private static func example(_ model: any TensorModel, rows: Int) -> [Tensor] {
        (model as? NeuralModel)?.example(rows: rows) ?? model.signature.example(rows: rows)
    }
}
