/// A command that can be started: a program, its arguments and its surroundings.
package struct Command: Sendable {
    /// The program's path.
    package var program: String
    /// What follows the program's name.
    package var arguments: [String]
    /// Added to this process' environment; an empty text takes a name away.
    package var environment: [String: String]

    package init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
    }

    /// A shell script for bash; `arguments` are its `$1`, `$2` and so on.
    package static func script(_ text: String, _ arguments: [String] = [], environment: [String: String] = [:]) -> Command {
        Command("/bin/bash", ["-c", text, "bash"] + arguments, environment: environment)
    }

    /// Starts it and waits for its end.
    /// - Throws: `storage` where it cannot be started, `limitExceeded` where it does not end in time; then it is killed.
    package func run(atMost limit: Duration = .seconds(300)) async throws -> ProcessResult {
        let process = try RunningProcess(self)
        defer { process.stop() }
        return try await process.end(atMost: limit)
    }
}

/// How a process ended, and what it said.
package struct ProcessResult: Sendable {
    /// The exit code; that of a process killed by a signal is the signal's number, negative.
    package let status: Int32
    /// What came on standard output.
    package let output: String
    /// What came on standard error.
    package let errors: String
}
