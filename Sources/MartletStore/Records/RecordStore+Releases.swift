import GRDB
package import MartletCore

/// A release: the immutable unit of deployment and rollback.
package struct ReleaseRecord: Sendable, Equatable {
    /// The digest of the manifest's canonical JSON.
    package let digest: Digest
    /// The model's name.
    package let name: String
    /// The version among releases of the same name, from 1, without gaps.
    package let version: Int
    /// The run it came from.
    package let run: String?
    /// Everything it is made of.
    package let manifest: JSONValue
    /// When it was registered.
    package let createdAt: Timestamp
}

extension RecordStore {
    /// Registers a release under the next version of its name. The same one again returns the record that is there.
    /// - Parameter run: the run of tracking that it came from.
    /// - Throws: `corrupt` where the manifest has another digest, `conflict` where the digest is registered under another name.
    package func register(
        _ digest: Digest, name: String, run: String?, manifest: JSONValue, at time: Timestamp
    ) throws -> ReleaseRecord {
        let text = manifest.canonicalText
        try Self.check(text, digest)
        return try write { database in
            if let known = try Self.release("digest = ?", [digest.description], database) {
                guard known.name == name else {
                    throw MartletError(
                        .conflict, "release \(digest) belongs to '\(known.name)', not '\(name)'; use that name"
                    )
                }
                return known
            }
            try database.execute(
                sql: """
                    INSERT INTO releases (digest, name, version, run, manifest, created_at)
                    SELECT ?1, ?2, COALESCE(MAX(version), 0) + 1, ?3, ?4, ?5 FROM releases WHERE name = ?2
                    """,
                arguments: [digest.description, name, run, text, time.microseconds]
            )
            return try Self.existingRelease(digest, database)
        }
    }

    /// The release of a digest; `nil` where there is none. - Throws: `corrupt`.
    package func release(_ digest: Digest) throws -> ReleaseRecord? {
        try read { try Self.release("digest = ?", [digest.description], $0) }
    }

    /// The release of a name and version; `nil` where there is none. - Throws: `corrupt`.
    package func release(name: String, version: Int) throws -> ReleaseRecord? {
        try read { try Self.release("name = ? AND version = ?", [name, version], $0) }
    }

    /// The releases of a name, by version. - Throws: `corrupt`.
    package func releases(name: String) throws -> [ReleaseRecord] {
        try read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM releases WHERE name = ? ORDER BY version", arguments: [name])
                .map(ReleaseRecord.init(row:))
        }
    }

    /// The releases that any endpoint ever pointed to. - Throws: `corrupt`.
    package func routedReleases() throws -> [ReleaseRecord] {
        try read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM releases WHERE digest IN (SELECT release FROM route_moves) ORDER BY name, version"
            )
            .map(ReleaseRecord.init(row:))
        }
    }

    static func existingRelease(_ digest: Digest, _ database: Database) throws -> ReleaseRecord {
        guard let release = try release("digest = ?", [digest.description], database) else {
            throw MartletError(.notFound, "there is no release \(digest); register it first")
        }
        return release
    }

    private static func release(
        _ condition: String, _ arguments: StatementArguments, _ database: Database
    ) throws -> ReleaseRecord? {
        try Row.fetchOne(database, sql: "SELECT * FROM releases WHERE \(condition)", arguments: arguments)
            .map(ReleaseRecord.init(row:))
    }

    /// The text, not the value read from it, is what was digested.
    fileprivate static func check(_ manifest: String, _ digest: Digest) throws {
        let found = Digest(of: manifest)
        guard found == digest else {
            throw MartletError(
                .corrupt,
                "the manifest of release \(digest) has the digest \(found); make the release again from its run"
            )
        }
    }
}

extension ReleaseRecord {
    fileprivate init(row: Row) throws {
        let digest = try row.digest("digest")
        try RecordStore.check(try row.text("manifest"), digest)
        self.init(
            digest: digest, name: try row.text("name"), version: try row.integer("version"),
            run: try row.optionalText("run"), manifest: try row.json("manifest"), createdAt: try row.time("created_at")
        )
    }
}
