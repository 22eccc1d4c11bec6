import MartletCore
import MartletInference
import MartletTesting

@testable import MartletServer

/// Doubles its input `x` of one column, and adds its version, so that answers tell who gave them.
struct DoublingModel: TensorModel {
    let version: Int
    /// Waits here before it answers, where it has one.
    var gate: Gate?

    let signature = TensorSignature(
        platform: "doubling", inputs: [.init(name: "x", datatype: .float64, shape: [-1, 1])],
        outputs: [.init(name: "y", datatype: .float64, shape: [-1])], hasIndependentRows: true)

    func predict(_ inputs: [Tensor]) throws -> [Tensor] {
        gate?.pass()
        guard case .float64(let numbers) = inputs[0].elements else { throw MartletError(.engine, "expected doubles") }
        if numbers.contains(13) { throw MartletError(.engine, "13 is unlucky: internal detail") }
        return [Tensor(name: "y", shape: [numbers.count], elements: .float64(numbers.map { 2 * $0 + Double(version) / 1_000 }))]
    }

    /// A served version; with a curve, requests join.
    func served(_ name: String, policy: BatchingPolicy = BatchingPolicy(objectiveSeconds: 1, rowCountMax: 64), curve: CostCurve? = nil)
        throws -> ServedModel
    {
        try ServedModel(name: name, version: version, model: self, policy: policy, curve: curve)
    }
}

/// Runs a body while models are served.
func withServedModels<Result>(
    _ names: [String] = ["double"],
    load: @escaping ModelRepository.Loader = { name, version, _ in try DoublingModel(version: version).served(name) },
    configure: (inout HTTPServerConfiguration) -> Void = { _ in },
    _ body: (RunningHTTPServer, ModelRepository) async throws -> Result
) async throws -> Result {
    let repository = try ModelRepository(try names.map { try ModelSource(name: $0, path: "/") }, loader: load)
    for name in names { try repository.load(name) }
    let metrics = MetricsRegistry()
    let readiness = Readiness()
    readiness.isReady = true
    let routes = ModelRoutes(repository, metrics: metrics, readiness: readiness)
    return try await withTestServer(routes.router, metrics: metrics, configure: configure) { try await body($0, repository) }
}

extension HTTPClient {
    /// Asks a model to double numbers, and reads its answer.
    func double(_ numbers: [Double], by model: String = "double") async throws -> (status: Int, numbers: [Double]?, body: JSONValue) {
        let input: JSONValue = [
            "name": "x", "datatype": "FP64", "shape": [.integer(Int64(numbers.count)), 1], "data": .array(numbers.map(JSONValue.number)),
        ]
        let body: JSONValue = ["inputs": [input]]
        let response = try await send(.post, "/v2/models/\(model)/infer", body: Array(body.canonicalText.utf8))
        let json = try JSONValue(parsing: response.body, as: "the answer")
        return (response.status, json["outputs"]?.array?.first?["data"]?.array?.compactMap(\.double), json)
    }
}
