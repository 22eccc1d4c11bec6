import MartletCore

/// A run of Python that makes something and ends.
struct PythonTool {
    private let python: String
    private let name: String
    private let saidMaxBytes: Int
    private let folder: String?
    private let variables: Set<String>

    /// - Parameters:
    ///   - name: the model's, for errors.
    ///   - saidMaxBytes: how much of what it says is kept.
    ///   - folder: where it runs.
    ///   - variables: secrets of this process' environment that it gets.
    init(_ python: String, name: String, saidMaxBytes: Int, folder: String? = nil, variables: Set<String> = []) {
        self.python = python
        self.name = name
        self.saidMaxBytes = saidMaxBytes
        self.folder = folder
        self.variables = variables
    }

    /// Runs it to its end. - Returns: the last of what it said.
    /// - Throws: `unavailable` where it fails, with what it said; `expired`, `storage`.
    @discardableResult
    func run(_ arguments: [String], until deadline: ContinuousClock.Instant, _ report: (String) -> Void) throws -> String {
        let process = try ChildProcess(ChildProcess.Command(program: python, arguments: arguments, folder: folder, variables: variables))
        var (said, line): ([UInt8], [UInt8]) = ([], [])
        listening: while true {
            switch process.next(until: deadline) {
            case .said(let bytes):
                said = Array((said + bytes).suffix(saidMaxBytes))
                line += bytes
                while let end = line.firstIndex(of: UInt8(ascii: "\n")) {
                    report(String(decoding: line[..<end], as: UTF8.self))
                    line.removeFirst(end + 1)
                }
                line = line.suffix(saidMaxBytes)
            case .silent: break listening
            case .late:
                process.end()
                throw MartletError(.expired, "model '\(name)': \(wording(arguments)) took too long and was stopped; raise build_seconds")
            case .message: continue
            }
        }
        let text = String(decoding: said, as: UTF8.self)
        let end = process.wait(until: deadline)
        guard end == .exited(0) else {
            throw MartletError(
                .unavailable, "model '\(name)': \(wording(arguments)) \(end); mend what the model requires, or the interpreter",
                cause: PythonWords(description: "it said last: \(text)"))
        }
        return text
    }

    private func wording(_ arguments: [String]) -> String { "'\(python) \(arguments.joined(separator: " ").prefix(120))'" }
}
