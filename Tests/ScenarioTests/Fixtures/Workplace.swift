import Foundation
import MartletCore
import MartletTesting
import Testing

/// A project with a home of its own, and the `martlet` program to work on it.
struct Workplace: Sendable {
    /// The project file.
    let project: String
    /// The folder of the project's state.
    let home: String
    private let program: String

    /// Names a project and a home. - Throws: `notFound` where the program was not built.
    init(project: String, home: String) throws {
        self.project = project
        self.home = home
        program = try MartletBinary.path()
    }

    /// A command on this project; options go between the subcommand and what follows.
    func command(_ name: String, _ words: [String] = []) -> Command {
        Command(program, [name, "--project", project, "--home", home] + words, environment: ["MARTLET_HOME": "", "COLUMNS": "80"])
    }

    /// Runs a command to its end.
    func run(_ name: String, _ words: String...) async throws -> ProcessResult {
        try await command(name, words).run()
    }

    /// Runs a command that has to succeed, with `--json`. - Returns: what it says.
    @discardableResult
    func json(_ name: String, _ words: String...) async throws -> JSONValue {
        let result = try await command(name, ["--json"] + words).run()
        try #require(result.status == 0, "martlet \(name) \(words): \(result.errors)")
        return try JSONValue(parsing: result.output, as: "the output of martlet \(name)")
    }

    /// Runs the project. - Returns: the release's digest.
    @discardableResult
    func makeRelease() async throws -> String {
        try #require(try await steps()["release price"]?["summary"]?["release"]?.string)
    }

    /// Runs the project. - Returns: what `run --json` says of each step, by name.
    @discardableResult
    func steps() async throws -> [String: JSONValue] {
        Self.byName(try await json("run"))
    }

    /// What `run --explain --json` says of each step, by name.
    func explained() async throws -> [String: JSONValue] {
        Self.byName(try await json("run", "--explain"))
    }

    private static func byName(_ answer: JSONValue) -> [String: JSONValue] {
        let steps = (answer["steps"]?.array ?? []).map { ($0["step"]?.string ?? "", $0) }
        return Dictionary(steps, uniquingKeysWith: { $1 })
    }

    /// The rows of a SELECT.
    func query(_ sql: String) async throws -> [JSONValue] {
        try #require(try await json("query", "--limit", "1000000", sql)["rows"]?.array)
    }

    /// How many answers the log holds.
    func answerCount() async throws -> Int {
        Int(try #require(try await query("SELECT count(*) AS n FROM price_answers").first?["n"]?.int))
    }

    /// Replaces text in a file of the project, which has to be there.
    func edit(_ text: String, to other: String, in file: String = "martlet.yaml") throws {
        let url = URL(filePath: project).deletingLastPathComponent().appending(path: file)
        let content = try String(contentsOf: url, encoding: .utf8)
        try #require(content.contains(text), "\(file) has no '\(text)'")
        try Data(content.replacing(text, with: other).utf8).write(to: url)
    }

    /// Appends rows to the project's table.
    func append(_ rows: [String]) throws {
        let url = URL(filePath: project).deletingLastPathComponent().appending(path: "sales.csv")
        let content = try String(contentsOf: url, encoding: .utf8)
        try Data((content + rows.map { $0 + "\n" }.joined()).utf8).write(to: url)
    }
}

/// Runs a body with the small pricing project in a new folder.
func withWorkplace<Result>(
    seed: UInt64 = 1, change: (inout PricingProject.Options) -> Void = { _ in }, _ body: (Workplace) async throws -> Result
) async throws -> Result {
    try await withTemporaryFolder { folder in
        try PricingProject.write(to: folder, seed: seed, change: change)
        return try await body(try Workplace(project: "\(folder)/martlet.yaml", home: "\(folder)/home"))
    }
}
