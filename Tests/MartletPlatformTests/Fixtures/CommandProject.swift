import Foundation
import Glibc
import MartletCore
import MartletPipeline
import MartletStore
import MartletTesting

@testable import MartletPlatform

/// A project of commands in a folder of its own, with its home beside it.
struct CommandProject: Sendable {
    let folder: String

    var file: String { "\(folder)/martlet.yaml" }
    var home: Home { Home(path: "\(folder)/home") }

    /// - Parameter text: of the project file.
    init(_ folder: String, _ text: String) throws {
        self.folder = folder
        try write(text, to: "martlet.yaml")
    }

    func write(_ text: String, to name: String, isExecutable: Bool = false) throws {
        try write(Array(text.utf8), to: name, isExecutable: isExecutable)
    }

    func write(_ bytes: [UInt8], to name: String, isExecutable: Bool = false) throws {
        let url = URL(filePath: "\(folder)/\(name)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
        try FileManager.default.setAttributes([.posixPermissions: isExecutable ? 0o755 : 0o644], ofItemAtPath: url.path)
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(folder)/\(name)") }

    /// The project as its file is now.
    func platform() throws -> Platform { try Platform(project: try Project.read(file: file), home: home.path) }

    @discardableResult
    func run(_ request: RunRequest = RunRequest()) async throws -> PipelineRunner.Outcome {
        try await ProjectPipeline(platform()).run(request) { _ in }
    }

    /// Why a step is stale; empty where it is not.
    func reasons(_ step: String) async throws -> [String] {
        let verdicts = try await ProjectPipeline(platform()).explain()
        guard case .stale(let reasons)? = verdicts.first(where: { $0.id.description == step })?.verdict else { return [] }
        return reasons
    }

    /// The id of the newest run.
    func lastRun() async throws -> String { try await platform().tracking().pipelines.runs(limit: 1).first?.id ?? "none" }
}
