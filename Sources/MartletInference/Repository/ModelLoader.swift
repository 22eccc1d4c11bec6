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
        /// How models that MLflow wrote are run by Python.
        package var python = PythonConfiguration()
        /// Is told what takes long at loading, line by line.
        package var report: @Sendable (String) -> Void = { _ in }

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
    /// - Parameter path: a model file (LightGBM, XGBoost, ONNX, OpenVINO), or a folder with one, with a sentence embedder or with a model
    ///   that MLflow wrote; see `ModelPlace` for the names, `ModelSettings` for what may be said beside it.
    /// - Throws: `notFound`, `corrupt`, `invalidInput`, `engine` where it is no model that is read here; `unavailable` without OpenVINO,
    ///   or the Python that it needs.
    package func load(_ name: String, version: Int, path: String) throws -> ServedModel {
        let place = try ModelPlace(path, of: name, python: configuration.python)
        let model = try model(at: place, name)
        let policy = policy(place, hasIndependentRows: model.signature.hasIndependentRows)
        return try ServedModel(
            name: name, version: version, model: model, policy: policy, curve: try curve(model, place, policy),
            summary: Self.summary(model, place))
    }

    private func model(at place: ModelPlace, _ name: String) throws -> any TensorModel {
        let model: any TensorModel =
            switch place.kind {
            case .forest: try ForestModel(Forest(contentsOf: place.path))
            case .network: try NeuralModel(path: place.path, configuration: place.settings.neural)
            case .sentences: try SentenceEmbedder(folder: place.path, configuration: place.settings.neural)
            case .python: try pythonModel(place, name)
            }
        guard place.kind != .python, let schema = place.description?.signature?.inputs else { return model }
        return SignedModel(model, schema) ?? model
    }

    private func pythonModel(_ place: ModelPlace, _ name: String) throws -> PythonModel {
        let file = try place.description ?? MLmodelFile(folder: place.path)
        return try PythonModel(file, name: name, configuration: place.settings.python, report: configuration.report)
    }

    private static func summary(_ model: any TensorModel, _ place: ModelPlace) -> String {
        guard place.kind != .forest else { return model.signature.platform }
        guard place.kind != .python else {
            let count = place.settings.python.processCount
            return "\(model.signature.platform), \(count) process\(count == 1 ? "" : "es")"
        }
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
        switch place.kind {
        case .forest: policy.directSecondsMax = min(objective, Self.directSecondsMax)
        case .network, .sentences: policy.runnerCount = place.settings.neural.streamCount
        case .python:
            policy.runnerCount = place.settings.python.processCount
            // A process may take its whole time, for which no connection's thread may wait.
            policy.directSecondsMax = 0
        }
        return policy
    }

    private func curve(_ model: any TensorModel, _ place: ModelPlace, _ policy: BatchingPolicy) throws -> CostCurve {
        // What a model of Python makes of zeros is not known.
        guard place.kind == .forest || (place.kind != .python && !place.settings.neural.warmUpRowCounts.isEmpty) else {
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
        let net = (model as? SignedModel)?.model ?? model
        return (net as? NeuralModel)?.example(rows: rows) ?? model.signature.example(rows: rows)
    }
}
