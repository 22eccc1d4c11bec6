import Dispatch
import MartletCore
package import MartletInference
import MartletRegistry
package import MartletStore

/// Lets versions of registered models answer under names: one pointer each, and a history that only grows.
package struct ModelDeployment: Sendable {
    private let place: ModelHome
    private let loader: ModelLoader

    /// - Parameter loader: loads a version once before it may answer.
    package init(_ place: ModelHome, loader: ModelLoader) {
        self.place = place
        self.loader = loader
    }

    /// Brings a version's files into the home, loads them once, and points a name to them.
    /// - Parameters:
    ///   - address: such as `models:/price@champion`; what it means now is deployed, whatever it comes to mean later.
    ///   - name: what it answers under; the registered model's own name where it is `nil`.
    /// - Throws: as `ModelRegistry.version(at:)`, and what reading and loading the model throws; then the pointer stays.
    package func deploy(_ address: String, as name: String? = nil, by mover: String, reason: String) async throws -> RouteMove {
        let found = try await place.registry.version(at: address)
        let name = name ?? found.version.model
        // A name that does not fit into an address is refused before anything is copied.
        _ = try ModelSource(name: name, path: "")
        try checkOwner(of: name)
        // Copying and loading take a while, in which nobody else may have moved the pointer.
        let expected = try place.records.current(endpoint: name)?.release
        let copy = try ModelCopy(in: place.home)
        let files = try await copy.files(of: found.location, from: place.artifacts, version: found.version.version)
        let release = ModelRelease(name: name, of: found, files: files)
        try await load(release, from: copy.path(version: found.version.version))
        let lock = try ModelCopies.lock(place.home, for: "martlet deploy")
        defer { lock.release() }
        try copy.move(to: place.folder(of: release))
        let record = try place.records.register(release.digest, name: name, run: nil, manifest: release.manifest, at: .now)
        return try move(name, from: expected, to: record.digest, .deploy, by: mover, reason: reason)
    }

    /// Lets the version before the present one answer again. - Throws: `notFound` where there is none, and as `deploy`.
    package func rollback(_ name: String, by mover: String, reason: String) async throws -> RouteMove {
        guard let current = try place.current(name) else { throw try unknown(name) }
        guard let target = try place.records.predecessor(of: current.move), let record = try place.records.release(target),
            let release = try ModelRelease(record: record)
        else {
            throw MartletError(
                .notFound,
                "'\(name)' has answered from \(current.release.address) only; deploy another with 'martlet deploy models:/… --as \(name)'")
        }
        try await place.ensureFiles(of: release)
        try await load(release, from: "\(place.folder(of: release))/\(release.version.version)")
        let lock = try ModelCopies.lock(place.home, for: "martlet rollback")
        defer { lock.release() }
        guard Directory.kind(of: place.folder(of: release)) != nil else {
            throw MartletError(.conflict, "the files of \(release.address) were removed by 'martlet gc' meanwhile; try again")
        }
        return try move(name, from: current.move.release, to: target, .rollback, by: mover, reason: reason)
    }

    /// What to say of a name under which nothing was deployed.
    private func unknown(_ name: String) throws -> MartletError {
        let names = try place.records.routedEndpoints()
        let hint = nearest(to: name, among: names).map { "did you mean '\($0)'?" }
        return MartletError(
            .notFound,
            "nothing was deployed as '\(name)'; "
                + (hint
                    ?? (names.isEmpty ? "deploy with 'martlet deploy models:/NAME@ALIAS'" : "there are \(names.joined(separator: ", "))")))
    }

    /// - Throws: `conflict` where a project's endpoint has that name.
    private func checkOwner(of name: String) throws {
        guard let move = try place.records.current(endpoint: name), let record = try place.records.release(move.release),
            try ModelRelease(record: record) == nil
        else { return }
        throw MartletError(.conflict, "'\(name)' is an endpoint of a project; choose another name with --as")
    }

    private func load(_ release: ModelRelease, from folder: String) async throws {
        let version = Int(release.version.version)
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            DispatchQueue.global().async {
                done.resume(with: Result { _ = try loader.load(release.name, version: version, path: folder) })
            }
        }
    }

    private func move(
        _ name: String, from expected: Digest?, to digest: Digest, _ action: RouteMove.Action, by mover: String, reason: String
    ) throws -> RouteMove {
        try place.records.move(
            endpoint: name, to: digest, action: action, by: mover, reason: reason, at: .now,
            expecting: expected.map { .release($0) } ?? .nothing)
    }
}
