package import MartletCore
package import MartletStore

/// A version of a registered model as it is deployed: its files by their digests, so that nothing done to the registry later changes it.
package struct ModelRelease: Sendable, Equatable {
    private static let kind = "model"

    /// The name that it answers under.
    package let name: String
    /// What it was deployed of.
    package let version: ModelVersionID
    /// The registered model itself, which may be called otherwise by now; `nil` where that was not kept.
    package let model: RegisteredModelID?
    /// The digests of its files by their paths.
    package let files: [String: Digest]
    package let manifest: JSONValue
    /// Of the manifest's canonical JSON: the release's name.
    package let digest: Digest

    /// - Parameters:
    ///   - name: what it answers under.
    ///   - found: what is deployed, and where its files were.
    package init(name: String, of found: LocatedVersion, files: [String: Digest]) {
        let version = found.version
        self.name = name
        self.files = files
        self.version = ModelVersionID(version.model, version.version)
        model = found.model
        manifest = [
            "format": 1, "kind": .string(Self.kind), "name": .string(name), "model": .string(version.model),
            "registered": ["number": .integer(found.model.number), "created_at": .integer(found.model.createdAt)],
            "version": .integer(version.version), "source": .string(found.location), "run": version.run.map(JSONValue.string) ?? .null,
            "files": .object(files.mapValues { .string($0.description) }),
        ]
        digest = Digest(of: manifest)
    }

    /// The release of a stored record; `nil` of one that a project made.
    /// - Throws: `invalidInput` for a format of a newer martlet, `corrupt`.
    package init?(record: ReleaseRecord) throws {
        guard record.manifest["kind"]?.string == Self.kind else { return nil }
        guard record.manifest["format"]?.int == 1 else {
            throw MartletError(
                .invalidInput, "release \(record.digest.short) has a format that this martlet does not read; run a newer one")
        }
        guard let model = record.manifest["model"]?.string, let version = record.manifest["version"]?.int,
            let files = record.manifest["files"]?.object
        else { throw MartletError(.corrupt, "release \(record.digest.short) names no model; deploy it again") }
        name = record.name
        manifest = record.manifest
        digest = record.digest
        self.version = ModelVersionID(model, version)
        self.model = RegisteredModelID(record.manifest["registered"])
        self.files = try files.mapValues { value in
            guard let digest = value.string.flatMap(Digest.init) else {
                throw MartletError(.corrupt, "release \(record.digest.short) names no digest of a file; deploy it again")
            }
            return digest
        }
    }

    /// As clients write it.
    package var address: String { "models:/\(version.model)/\(version.version)" }

    /// Where its files were when it was deployed.
    package var source: String { manifest["source"]?.string ?? "" }
}

extension RegisteredModelID {
    /// `nil` where a manifest does not name one.
    fileprivate init?(_ value: JSONValue?) {
        guard let number = value?["number"]?.int, let createdAt = value?["created_at"]?.int else { return nil }
        self.init(number: number, createdAt: createdAt)
    }
}
