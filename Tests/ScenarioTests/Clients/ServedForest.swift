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
    static func with<Result>(_ words: [String] = [], _ body: (ServedForest) async throws -> Result) async throws -> Result {
        try await withTemporaryFolder { folder in
            let file = "\(folder)/small.txt"
            try Data(SmallForest.model.utf8).write(to: URL(filePath: file))
            let command = Command(try MartletBinary.path(), ["serve", file, "--port", "0"] + words, environment: ["COLUMNS": "80"])
            let server = try await RunningServer(command, awaiting: ["listening: http://"])
            defer { server.process.stop() }
            return try await body(ServedForest(server: server))
        }
    }

    /// Runs a client's script. - Returns: what it read.
    func read(by script: String, _ words: String...) async throws -> JSONValue {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scripts/\(script)").path
        let result = try await Command(try PythonEnvironment.clients.path(), [path, "\(server.port)"] + words).run()
        try #require(result.status == 0, "\(script): \(result.errors.suffix(4_000))")
        return try JSONValue(parsing: result.output, as: "the output of \(script)")
    }
}
