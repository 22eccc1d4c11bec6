import Foundation
import MartletCore
import MartletTesting
import Testing

/// A running `martlet serve`.
struct ServedModels: Sendable {
    let server: RunningServer
    var process: RunningProcess { server.process }

    /// Runs a body while models are served on a free port; kills the server afterwards, if it still runs.
    /// - Parameters:
    ///   - environment: added to the server's.
    ///   - lines: what the server has to say first.
    static func with<Result>(
        _ words: [String], environment: [String: String] = [:], awaiting lines: [String] = ["listening: http://"],
        _ body: (ServedModels) async throws -> Result
    ) async throws -> Result {
        // The objective is far off: nothing is refused here because the machine is slow.
        let arguments = ["serve", "--port", "0", "--p99", "60000"] + words
        let environment = ["MARTLET_HOME": "", "COLUMNS": "80"].merging(environment) { $1 }
        let server = try await RunningServer(Command(try MartletBinary.path(), arguments, environment: environment), awaiting: lines)
        defer { server.process.stop() }
        return try await body(ServedModels(server: server))
    }

    /// Sends a request over a connection of its own.
    func send(_ method: String, _ path: String, _ body: JSONValue? = nil) throws -> ServerAnswer {
        let connection = try server.connect()
        defer { connection.close() }
        return try connection.send(method, path, body, headers: ["content-type": "application/json"])
    }

    /// The vectors of texts, by the Open Inference Protocol.
    func embeddings(of texts: [String], model: String = "minilm") throws -> [[Double]] {
        let input: JSONValue = [
            "name": "text", "datatype": "BYTES", "shape": [.integer(Int64(texts.count))], "data": .array(texts.map(JSONValue.string)),
        ]
        let answer = try send("POST", "/v2/models/\(model)/infer", ["inputs": [input]])
        try #require(answer.status == 200, "\(answer.body.prefix(500))")
        let output = try #require(try answer.json["outputs"]?.array?.first)
        #expect(output["name"] == "embedding" && output["datatype"] == "FP32")
        let width = Int(try #require(output["shape"]?.array?.last?.int))
        let numbers = try #require(output["data"]?.array).compactMap(\.double)
        try #require(numbers.count == texts.count * width)
        return texts.indices.map { Array(numbers[$0 * width..<($0 + 1) * width]) }
    }
}

/// Sentences with the vectors that the reference, the sentence-transformers library, makes of them.
struct ReferenceSentence: Decodable, Sendable {
    let text: String
    /// In millionths.
    private let vector: [Int]

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let fixtures = root.appending(path: "MartletInferenceTests/Neural/Fixtures")

    /// A small model of the neural tests.
    static func model(_ name: String) -> String { fixtures.appending(path: name).path }

    static func all() throws -> [ReferenceSentence] {
        try JSONDecoder().decode([ReferenceSentence].self, from: Data(contentsOf: fixtures.appending(path: "sentences.json")))
    }

    /// The sentence embedder that `scripts/setup --tests` makes.
    static func miniLM() throws -> String {
        let path = root.deletingLastPathComponent().appending(path: ".deps/models/minilm").path
        guard FileManager.default.fileExists(atPath: "\(path)/model.onnx") else {
            throw MartletError(.notFound, "there is no sentence embedder in '\(path)'; run scripts/setup --tests")
        }
        return path
    }

    /// The cosine between a vector and the reference's.
    func cosine(_ found: [Double]) -> Double {
        let expected = vector.map { Double($0) * 1e-6 }
        let squares = [found, expected].map { $0.reduce(0) { $0 + $1 * $1 } }
        return zip(found, expected).reduce(0) { $0 + $1.0 * $1.1 } / (squares[0] * squares[1]).squareRoot()
    }
}
