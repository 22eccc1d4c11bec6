import MartletCore
package import MartletRegistry
package import MartletStore

/// A home as a place where registered models answer: what is in its registry, and which versions are deployed under which names.
///
/// A deployed version is a release whose files lie in a folder of their own, so that what becomes of the registry, or of the artifacts,
/// changes nothing of what answers.
package struct ModelHome: Sendable {
    package let home: Home
    package let records: RecordStore
    package let registry: ModelRegistry
    let artifacts: any ArtifactRepository

    /// - Parameter home: one that was prepared.
    /// - Throws: as the opening of the records.
    package init(_ home: Home, registry: ModelRegistry, artifacts: any ArtifactRepository) throws {
        self.home = home
        self.registry = registry
        self.artifacts = artifacts
        records = try RecordStore(path: home.databasePath)
        try Directory.create(home.modelsPath)
    }

    /// What a name points to; `nil` where nothing was deployed under it, or a project did that.
    package func current(_ name: String) throws -> (move: RouteMove, release: ModelRelease)? {
        guard let move = try records.current(endpoint: name), let record = try records.release(move.release),
            let release = try ModelRelease(record: record)
        else { return nil }
        return (move, release)
    }

    /// The folder in which a release's files lie in a folder that is named for the version.
    package func folder(of release: ModelRelease) -> String { "\(home.modelsPath)/\(release.digest.hex)" }

    /// Checks that the files of a release are there, byte by byte, and brings them again where they are not.
    /// - Throws: `corrupt` where they cannot be had any more.
    package func ensureFiles(of release: ModelRelease) async throws {
        let folder = "\(folder(of: release))/\(release.version.version)"
        let areThere = try release.files.allSatisfy { path, digest in
            let file = "\(folder)/\(path)"
            return Directory.kind(of: file) != nil ? try Digest(ofFile: file) == digest : false
        }
        // A collector leaves alone what is young.
        guard !areThere else { return try Directory.touch(self.folder(of: release)) }
        let copy = try ModelCopy(in: home)
        guard try await copy.files(of: release.source, from: artifacts, version: release.version.version) == release.files else {
            throw MartletError(
                .corrupt,
                "the files of \(release.address) at '\(release.source)' are no longer those that were deployed as '\(release.name)'; "
                    + "deploy a version whose files are whole")
        }
        try copy.replace(self.folder(of: release))
    }

    /// The trees of a registered version, to score files with.
    /// - Parameter address: such as `models:/price@champion`.
    /// - Throws: as `ModelRegistry.version(at:)`; `invalidInput` where it is no Booster of LightGBM or XGBoost.
    package func scoringModel(_ address: String) async throws -> ScoringModel {
        let found = try await registry.version(at: address)
        let copy = try ModelCopy(in: home)
        _ = try await copy.files(of: found.location, from: artifacts, version: found.version.version)
        return try withExtendedLifetime(copy) { try ScoringModel(file: copy.path(version: found.version.version), named: address) }
    }
}
