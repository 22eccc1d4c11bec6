import Foundation
import MartletCore
import MartletTesting

/// A project of commands in a folder of its own, and the program that runs it.
struct CommandPlace {
    let folder: String

    init(_ folder: String) { self.folder = folder }

    var project: String { "\(folder)/martlet.yaml" }

    func write(_ text: String, _ name: String = "martlet.yaml") throws {
        let url = URL(filePath: "\(folder)/\(name)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    func read(_ name: String) -> String {
        FileManager.default.contents(atPath: "\(folder)/\(name)").map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    func command(_ words: [String], environment: [String: String] = [:]) throws -> Command {
        var environment = environment
        environment["MARTLET_HOME"] = ""
        environment["MARTLET_DATABASE_URL"] = ""
        environment["MARTLET_LEDGER"] = "\(folder)/ledger"
        let words = words.prefix(1) + ["--project", project] + words.dropFirst()
        return Command(try MartletBinary.path(), Array(words), environment: environment)
    }

    @discardableResult
    func martlet(_ words: String..., environment: [String: String] = [:]) async throws -> ProcessResult {
        try await command(words, environment: environment).run()
    }

    /// What a step's output holds, by the JSON of a run.
    func outputs(_ result: ProcessResult) throws -> [String: [String: String]] {
        let steps = try JSONValue(parsing: result.output, as: "the run")["steps"]?.array ?? []
        return Dictionary(
            uniqueKeysWithValues: steps.map { step in
                (step["step"]?.string ?? "", (step["outputs"]?.object ?? [:]).mapValues { $0.string ?? "" })
            })
    }
}
