import ArgumentParser
import Foundation
import MartletCore
import MartletInference
import MartletPlatform
import MartletRegistry
import MartletServer
import MartletStore

/// Deploying registered models, in a home without a project.
struct RegisteredModelMoves {
    static let scheme = "models:/"
    /// How long a server on this home may take to load what was deployed before it is no longer waited for.
    private static let waitAtMost = Duration.seconds(120)
    /// How often the records are looked at meanwhile.
    private static let lookInterval = Duration.milliseconds(50)

    private let options: ProjectOptions
    private let move: MoveOptions

    init(_ options: ProjectOptions, _ move: MoveOptions) {
        self.options = options
        self.move = move
    }

    func deploy(_ address: String, as name: String?) async throws {
        try await moving { try await $0.deploy(address, as: name, by: move.mover, reason: move.reason) }
    }

    func rollback(_ name: String) async throws {
        try await moving { try await $0.rollback(name, by: move.mover, reason: move.reason) }
    }

    private func moving(_ work: (ModelDeployment) async throws -> RouteMove) async throws {
        guard !options.hasProject else {
            throw MartletError(
                .invalidInput,
                "'\(options.projectFile)' is a project, whose endpoints answer from its own releases; deploy registered models from a "
                    + "folder without one, with --home")
        }
        let view = ProgressView(silent: options.json)
        var loading = ModelLoader.Configuration()
        loading.report = { view.update("load", share: nil, $0) }
        try await options.homeOptions(database: move.database).withModels { place in
            view.begin("load", move.endpoint)
            let moved: RouteMove
            do {
                moved = try await work(ModelDeployment(place, loader: ModelLoader(loading)))
            } catch {
                view.clear()
                throw error
            }
            let isServing = try await isServing(moved, place, view)
            view.clear()
            try show(moved, place, isServing: isServing)
        }
    }

    private func show(_ moved: RouteMove, _ place: ModelHome, isServing: Bool?) throws {
        func model(_ digest: Digest) throws -> ModelRelease? { try place.records.release(digest).flatMap { try ModelRelease(record: $0) } }
        let release = try model(moved.release)
        if options.json {
            guard case .object(var answer) = moved.json(version: release?.version.version ?? 0, serving: isServing ?? false) else { return }
            answer["model"] = release.map { .string($0.address) } ?? .null
            return Output.result(JSONValue.object(answer).prettyText)
        }
        let previous = try moved.previous.flatMap { try model($0)?.address }.map { ", before it \($0)" } ?? ""
        Output.result("✓ \(moved.endpoint): \(release?.address ?? "") (release \(moved.release.short))\(previous)")
        switch isServing {
        case true?: Output.result("  it answers now")
        case false?: Output.result("  the server on this home does not answer from it yet; its messages say why")
        case nil: Output.result("  no server runs on this home; 'martlet up --home \(place.home.path)' answers from it")
        }
    }

    /// Waits for a server on this home to answer from what it was pointed to; `nil` where none runs.
    private func isServing(_ moved: RouteMove, _ place: ModelHome, _ view: ProgressView) async throws -> Bool? {
        let deadline = ContinuousClock.now + Self.waitAtMost
        while isServerRunning(place) {
            let answering = try place.records.activations(endpoint: moved.endpoint, at: .now)
            if answering.contains(where: { $0.follows(moved) }) { return true }
            guard ContinuousClock.now < deadline else { return false }
            view.update("load", share: nil, "the server loads it")
            try await Task.sleep(for: Self.lookInterval)
        }
        return nil
    }

    private func isServerRunning(_ place: ModelHome) -> Bool { FileLock.isHeld(path: "\(place.home.locksPath)/serve") }
}

extension ProjectOptions {
    /// Whether there is a project file.
    var hasProject: Bool { FileManager.default.fileExists(atPath: projectFile) }

    /// The same about a home without a project. - Parameter database: where it keeps tracking.
    func homeOptions(database: String?) throws -> HomeOptions {
        try HomeOptions.parse(
            (home.map { ["--home", $0] } ?? []) + (database.map { ["--database", $0] } ?? []) + (json ? ["--json"] : []))
    }
}

extension HomeOptions {
    /// Opens the home as a place where registered models answer, which a server may have open as well.
    func withModels<Result>(_ body: (ModelHome) async throws -> Result) async throws -> Result {
        let home = try folder()
        return try await withDatabase { database in
            let tracking = try await TrackingStore(database)
            let registry = try await ModelRegistry(tracking, loggedModels: LoggedModelStore(tracking))
            return try await withArtifacts(database) { artifacts in
                let place = try ModelHome(home, registry: registry, artifacts: artifacts)
                let result = try await body(place)
                try place.records.close()
                return result
            }
        }
    }
}
