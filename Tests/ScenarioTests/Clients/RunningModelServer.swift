import Foundation
import MartletCore
import MartletTesting

/// A running `martlet serve` of the small model of `ScoringPlace`, under the name `model`.
struct RunningModelServer: Sendable {
    let process: RunningProcess
    /// Where it speaks HTTP, as `host:port`.
    let http: String
    /// Where it speaks gRPC, as `host:port`.
    let grpc: String

    /// Runs a body while it serves on free ports; kills it afterwards, if it still runs.
    static func with(_ body: (RunningModelServer) async throws -> Void) async throws {
        try await ScoringPlace.with(rowCount: 0) { place in
            let process = try RunningProcess(place.serve("--port", "0", "--grpc-port", "0"))
            defer { process.stop() }
            try await process.says("listening: grpc://")
            try await body(
                RunningModelServer(process: process, http: try address("http", process), grpc: try address("grpc", process)))
        }
    }

    private static func address(_ scheme: String, _ process: RunningProcess) throws -> String {
        let prefix = "listening: \(scheme)://"
        guard let line = process.errors.split(separator: "\n").first(where: { $0.hasPrefix(prefix) }) else {
            throw MartletError(.engine, "expected '\(prefix)…', found '\(process.errors)'")
        }
        return String(line.dropFirst(prefix.count))
    }
}
