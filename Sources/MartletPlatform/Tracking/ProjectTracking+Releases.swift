import MartletCore
import MartletRegistry
import MartletStore

/// The releases of endpoints as versions of registered models.
extension ProjectTracking {
    /// The alias of the version that an endpoint points to.
    package static let servedAlias = "champion"
    /// The tag of a version that holds the digest of its release.
    package static let releaseTag = "martlet.release"

    /// Makes a version of each release of an endpoint that has none yet, and points the alias to where the endpoint points.
    ///
    /// Called again it does nothing, so that what a crash cut off is made up for by the next call.
    package func noteReleases(of endpoint: String) async throws {
        let releases = try records.releases(name: endpoint)
        guard !releases.isEmpty else { return }
        var versions = try await versions(of: endpoint)
        for release in releases where versions[release.digest.description] == nil {
            // The run of an older release may be in another database.
            guard let id = release.run, try await has(id) else { continue }
            versions[release.digest.description] = try await makeVersion(of: release, run: try await store.run(id))
        }
        guard let move = try records.current(endpoint: endpoint), let version = versions[move.release.description] else { return }
        let champion = try await registry.model(endpoint).aliases.first { $0.name == Self.servedAlias }?.version
        guard champion != version else { return }
        let reason = move.reason.isEmpty ? "" : ": \(move.reason)"
        try await registry.setAlias(
            Self.servedAlias, to: ModelVersionID(endpoint, version),
            note: ChangeNote(who: String(move.by.prefix(ChangeNote.whoLengthMax)), why: "\(move.action.rawValue)\(reason)"))
    }

    /// The versions that are releases, by their digests; the model is made where it is missing.
    private func versions(of endpoint: String) async throws -> [String: Int64] {
        do {
            _ = try await registry.createModel(endpoint, description: "The releases of the endpoint '\(endpoint)'.", tags: [])
            return [:]
        } catch let fault as TrackingFault where fault.code == .resourceAlreadyExists {
            let quoted = endpoint.replacing("'", with: "''")
            let filter = try SearchFilter(parsing: "name = '\(quoted)'", of: .modelVersions)
            let found = try await registry.searchVersions(filter: filter, orders: [], limit: Self.runCountMax).elements
            let pairs = found.compactMap { version in version.tags.first { $0.key == Self.releaseTag }.map { ($0.value, version.version) } }
            return Dictionary(pairs, uniquingKeysWith: { $1 })
        }
    }

    private func makeVersion(of release: ReleaseRecord, run: TrackedRun) async throws -> Int64 {
        let draft = ModelVersionDraft(
            model: release.name, source: "\(run.info.artifactURI)/\(Self.modelFolder)", run: run.info.id,
            description: "Release v\(release.version) (\(release.digest.short)). Its trees answer as they were fitted; card.json says how "
                + "an answer becomes the target.",
            tags: [KeyedText(Self.releaseTag, release.digest.description), KeyedText("martlet.release_version", "\(release.version)")])
        return try await registry.createVersion(draft, note: ChangeNote(who: "martlet run", why: "the gate let it pass")).version
    }
}
