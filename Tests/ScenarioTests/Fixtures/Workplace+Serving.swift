import MartletCore
import MartletTesting
import Testing

extension Workplace {
    /// `martlet up` on a free port, nothing run before.
    var server: Command { command("up", ["--port", "0", "--tracking-port", "0", "--no-run"]) }

    /// Runs a body while `martlet up` serves; kills it afterwards, if it still runs.
    func withServer<Result>(_ command: Command? = nil, _ body: (RunningServer) async throws -> Result) async throws -> Result {
        let server = try await RunningServer(command ?? self.server)
        defer { server.process.stop() }
        return try await body(server)
    }

    /// Runs the project, deploys its release and runs a body while it is served.
    func withDeployedServer<Result>(_ body: (RunningServer) async throws -> Result) async throws -> Result {
        try await makeRelease()
        try await json("deploy", "price")
        return try await withServer(nil, body)
    }
}

extension RunningServer {
    /// A request that the small project answers; the number chooses the row.
    static func row(_ number: Int = 0) -> JSONValue {
        let brand = number % 3 + 1
        var row: [String: JSONValue] = [
            "store": .integer(Int64(number % 6 + 1)), "brand": .integer(Int64(brand)), "week": 41, "feature": 0,
        ]
        for other in 1...3 where other != brand { row["competitor_\(other)"] = .number(1.5 + 0.5 * Double(other)) }
        return .object(row)
    }

    /// Asks for a decision.
    func decide(_ row: JSONValue = RunningServer.row()) throws -> ServerAnswer {
        try send("POST", "/v1/endpoints/price/decide", row)
    }

    /// The value of a metric, by its whole name with labels; 0 where it is absent.
    func metric(_ name: String) throws -> Double {
        let lines = try send("GET", "/metrics").body.split(separator: "\n")
        return lines.first { $0.hasPrefix("\(name) ") }.flatMap { Double($0.split(separator: " ").last ?? "") } ?? 0
    }
}
