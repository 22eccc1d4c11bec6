package import MartletCore

/// A running `martlet up` or `martlet serve`, from the line that says where it listens.
package struct RunningServer: Sendable {
    /// The process.
    package let process: RunningProcess
    /// The port of 127.0.0.1 that it listens on.
    package let port: Int

    /// Starts a command that is, or becomes, one of the two, and waits until it has said all that is awaited.
    /// - Throws: `engine` where it ends before, with what it said.
    package init(_ command: Command, awaiting lines: [String] = ["listening: http://", "serving: "]) async throws {
        process = try RunningProcess(command)
        do {
            for line in lines { try await process.says(line) }
        } catch {
            process.stop()
            throw error
        }
        guard let digits = (Self.address("http", process) ?? Self.address("https", process))?.split(separator: ":").last,
            let port = Int(digits)
        else {
            process.stop()
            throw MartletError(.engine, "expected 'listening: http://127.0.0.1:PORT', found '\(process.errors)'")
        }
        self.port = port
    }

    private static func address(_ scheme: String, _ process: RunningProcess) -> Substring? {
        let prefix = "listening: \(scheme)://"
        return process.errors.split(separator: "\n").first { $0.hasPrefix(prefix) }?.dropFirst(prefix.count)
    }

    /// Where it speaks a protocol, as `host:port`. - Throws: `engine` where it has not said so.
    package func address(_ scheme: String) throws -> String {
        guard let address = Self.address(scheme, process) else {
            throw MartletError(.engine, "expected 'listening: \(scheme)://…', found '\(process.errors)'")
        }
        return String(address)
    }

    /// A new connection to it.
    package func connect() throws -> ServerConnection { try ServerConnection(port: port) }

    /// Sends a JSON request over a connection of its own.
    package func send(_ method: String, _ path: String, _ body: JSONValue? = nil) throws -> ServerAnswer {
        let connection = try connect()
        defer { connection.close() }
        return try connection.send(method, path, body)
    }
}
