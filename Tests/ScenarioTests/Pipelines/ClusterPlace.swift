import Foundation
import MartletCore
import MartletTesting

/// A project of commands, and homes that several machines could share.
struct ClusterPlace {
    /// Of other surroundings nothing is left over.
    private static let environment = [
        "MARTLET_HOME": "", "MARTLET_DATABASE_URL": "", "MARTLET_RAY_ADDRESS": "", "MARTLET_BLOBS": "", "COLUMNS": "80",
    ]

    let folder: String

    init(_ folder: String, _ project: String) throws {
        self.folder = folder
        for name in ["project", "told"] {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        }
        try write(project.replacing("@told", with: told), "project/martlet.yaml")
    }

    /// A folder that commands write into, to tell what they do.
    var told: String { "\(folder)/told" }

    func home(_ name: String) -> String { "\(folder)/home-\(name)" }

    func write(_ text: String, _ name: String) throws { try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)")) }

    /// What commands told: a line for each time.
    func lines(_ name: String) -> [String] {
        let bytes = FileManager.default.contents(atPath: "\(told)/\(name)") ?? Data()
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    func command(_ words: String..., home: String, environment: [String: String] = [:]) throws -> Command {
        try command(words, home: home, environment: environment)
    }

    func command(_ words: [String], home: String, environment: [String: String] = [:]) throws -> Command {
        let place = ["--project", "\(folder)/project/martlet.yaml", "--home", self.home(home)]
        return Command(try MartletBinary.path(), words + place, environment: Self.environment.merging(environment) { $1 })
    }

    /// What this machine makes of the project by itself: the digests of all outputs.
    func madeHere(environment: [String: String] = [:]) async throws -> [String: JSONValue] {
        try Self.made(await command("run", "--json", home: "here", environment: environment).run())
    }

    /// The outputs of each step, by the JSON of a run.
    static func made(_ result: ProcessResult) throws -> [String: JSONValue] {
        guard result.status == 0 else { throw MartletError(.engine, "the run ended with \(result.status): \(result.errors.suffix(3_000))") }
        let steps = try JSONValue(parsing: result.output, as: "the run")["steps"]?.array ?? []
        return Dictionary(uniqueKeysWithValues: steps.map { ($0["step"]?.string ?? "", $0["outputs"] ?? .null) })
    }
}
