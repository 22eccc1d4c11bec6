package import MartletCore
package import MartletStore

/// The unit that is deployed and rolled back: a manifest whose digest covers all that an answer depends on.
package struct Release: Sendable, Equatable {
    /// The manifest's parts; each is a digest or holds digests.
    package let manifest: JSONValue
    /// The digest of the manifest's canonical JSON: the release's name.
    package let digest: Digest

    /// The kinds of parts that every manifest has.
    package static let parts = [
        "endpoint", "model", "card", "baseline", "code", "environment", "snapshots", "features", "contracts", "gate", "online",
    ]

    /// Makes a release of its parts. - Throws: `corrupt` where one is missing.
    package init(name: String, parts: [String: JSONValue]) throws {
        for part in Self.parts where parts[part] == nil {
            throw MartletError(.corrupt, "a release of '\(name)' needs the part '\(part)'")
        }
        var manifest = parts
        manifest["format"] = 1
        manifest["name"] = .string(name)
        self.manifest = .object(manifest)
        digest = Digest(of: self.manifest)
    }

    /// The release of a stored record.
    package init(record: ReleaseRecord) throws {
        guard record.manifest["format"]?.int == 1 else {
            throw MartletError(
                .invalidInput,
                "release \(record.digest.short) has the format \(record.manifest["format"]?.description ?? "of another program"); this martlet reads format 1, so run a newer one"
            )
        }
        manifest = record.manifest
        digest = record.digest
    }

    /// The digest that a part holds. - Throws: `corrupt` where it holds none.
    package func digest(of part: String, _ name: String? = nil) throws -> Digest {
        let value = name.flatMap { manifest[part]?[$0] } ?? manifest[part]
        guard let digest = value?.string.flatMap(Digest.init) else {
            throw MartletError(.corrupt, "release \(digest.short) names no digest for its \(part)")
        }
        return digest
    }
}

/// Finds releases by what people write: a digest, the beginning of one, a version (`3` or `v3`), or `latest`.
package struct ReleaseFinder: Sendable {
    private let records: RecordStore

    package init(records: RecordStore) { self.records = records }

    /// The release of an endpoint that a text means. - Throws: `notFound`, or `invalidInput` where several begin so.
    package func find(_ text: String, endpoint: String) throws -> ReleaseRecord {
        let all = try records.releases(name: endpoint)
        guard let newest = all.max(by: { $0.version < $1.version }) else {
            throw MartletError(.notFound, "endpoint '\(endpoint)' has no release; make one with 'martlet run'")
        }
        if text == "latest" { return newest }
        if let version = Int(text.drop { $0 == "v" }), text.count < 8, let found = all.first(where: { $0.version == version }) {
            return found
        }
        let digits = text.hasPrefix("sha256:") ? String(text.dropFirst(7)) : text
        let matches = digits.count >= 4 ? all.filter { $0.digest.hex.hasPrefix(digits) } : []
        guard matches.count <= 1 else {
            throw MartletError(.invalidInput, "\(matches.count) releases of '\(endpoint)' begin with '\(text)'; write more digits")
        }
        guard let match = matches.first else {
            let known = all.sorted { $0.version > $1.version }.prefix(5).map { "v\($0.version) (\($0.digest.short))" }
            throw MartletError(
                .notFound, "endpoint '\(endpoint)' has no release '\(text)'; the newest are \(known.joined(separator: ", "))")
        }
        return match
    }
}
