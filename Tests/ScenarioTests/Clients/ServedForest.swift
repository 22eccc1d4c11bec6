import Foundation
import MartletCore
import MartletTesting
import Testing

/// `martlet serve` with the small forest as the model `small`.
struct ServedForest: Sendable {
    /// The rows that the clients send, and what they have to read.
    static let predictions = [(0.1, 0.1), (0.5, 0.9), (0.7, 0.2), (.nan, 0.6)].map { SmallForest.prediction(a: $0, b: $1) }

    /// Whether these are the predictions of the first rows; the engine's sums are rounded otherwise than those by hand.
    static func predicts(_ found: JSONValue?, rows: Int = 4) -> Bool {
        guard let numbers = found?.array?.compactMap(\.double), numbers.count == rows else { return false }
        return zip(numbers, predictions).allSatisfy { abs($0 - $1) < 1e-12 }
    }

    let server: RunningServer

    /// Runs a body while it is served.
    static func with<Result>(
        _ words: [String] = [], awaiting lines: [String] = ["listening: http://"], _ body: (ServedForest) async throws -> Result
    ) async throws -> Result {
        try await ScoringPlace.with(rowCount: 0) { place in
            try await ServedModels.with(["small=\(place.file("model.txt"))"] + words, awaiting: lines) {
                try await body(ServedForest(server: $0.server))
            }
        }
    }

    /// Runs a client's script, which is told the port first. - Returns: what it read.
    func read(by script: String, _ words: String...) async throws -> JSONValue {
        try JSONValue(parsing: try await output(of: script, ["\(server.port)"] + words), as: "the output of \(script)")
    }

    /// Runs a client's script, which has to succeed. - Returns: what it says.
    func output(of script: String, _ words: [String]) async throws -> String {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scripts/\(script)").path
        let result = try await Command(try PythonEnvironment.clients.path(), [path] + words).run()
        try #require(result.status == 0, "\(script): \(result.errors.suffix(4_000))")
        return result.output
    }
}
