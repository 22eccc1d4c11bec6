import MartletCore

/// Which place a database's artifacts have their content in. It is written down, so that a database which is opened with another
/// place is refused, rather than missing every file.
struct ContentPlace: Equatable {
    /// The address of the blobs of a home.
    static let home = "home"

    let address: String
    /// What the place knows the database by; empty where it remembers nobody.
    let owner: String

    /// The place as the option that leads there.
    static func option(_ address: String) -> String { address == home ? "no --artifacts" : "--artifacts \(address)" }
}

extension ContentPlace {
    /// What a database says of its place, and whether it has any artifact.
    struct Record: Sendable {
        let place: ContentPlace?
        let hasArtifacts: Bool
    }

    /// Agrees with a database and with a place that the content is there; both remember it.
    /// - Throws: `conflict` where the content is elsewhere, or another database's.
    static func settle(_ content: any ContentStore, in database: any SQLDatabase) async throws {
        let owner = try await content.owner()
        let record = try await database.read { ContentPlace.Record(place: try $0.contentPlace(), hasArtifacts: try $0.hasArtifacts()) }
        // A database from before places were written down has its content in a home.
        let known = record.place ?? (record.hasArtifacts ? ContentPlace(address: home, owner: "") : nil)
        let place: ContentPlace
        if let known, known.address == content.address {
            place = known
        } else if let known, record.hasArtifacts || !known.owner.isEmpty {
            throw MartletError(
                .conflict,
                "the artifacts of this database are kept with \(option(known.address)), found \(option(content.address)); start with "
                    + "the former, or with another database")
        } else {
            guard owner == nil else { throw otherOwner(content) }
            place = ContentPlace(address: content.address, owner: content.isClaimed ? newOwner() : "")
        }
        try await claim(content, place, foundOwner: owner, hasArtifacts: record.hasArtifacts, in: database)
    }

    private static func claim(
        _ content: any ContentStore, _ place: ContentPlace, foundOwner: String?, hasArtifacts: Bool, in database: any SQLDatabase
    ) async throws {
        // Another server may have come first.
        let agreed = try await database.write { try $0.setContentPlace(place) }
        guard content.isClaimed else { return }
        if let foundOwner {
            guard foundOwner == agreed.owner else { throw otherOwner(content) }
        } else {
            guard !hasArtifacts else {
                throw MartletError(
                    .conflict,
                    "'\(content.address)' is empty, but this database has artifacts there; name the endpoint that has them, or restore them"
                )
            }
            guard try await content.claim(for: agreed.owner) == agreed.owner else {
                // Another database was faster; this one may still be kept elsewhere.
                try await database.write { try $0.forget(agreed) }
                throw otherOwner(content)
            }
        }
    }

    private static func otherOwner(_ content: any ContentStore) -> MartletError {
        MartletError(
            .conflict,
            "'\(content.address)' holds the artifacts of another database, which would be taken for garbage; name another prefix, or the "
                + "database that they belong to")
    }

    private static func newOwner() -> String { RandomName.make() }
}

extension SQLConnection {
    func contentPlace() throws -> ContentPlace? {
        try first("SELECT address, owner FROM artifact_place WHERE id = 1") { ContentPlace(address: $0.text(0), owner: $0.text(1)) }
    }

    func hasArtifacts() throws -> Bool { try exists("SELECT 1 FROM artifact_files LIMIT 1") }

    fileprivate func forget(_ place: ContentPlace) throws {
        try execute("DELETE FROM artifact_place WHERE address = ? AND owner = ?", [.text(place.address), .text(place.owner)])
    }

    /// Writes a place down, unless the same address stands there already or there are artifacts elsewhere. - Returns: what stands there.
    fileprivate func setContentPlace(_ place: ContentPlace) throws -> ContentPlace {
        if let present = try contentPlace() {
            if present.address == place.address { return present }
            guard try !hasArtifacts() else { throw MartletError(.conflict, "the place of artifacts was changed meanwhile; start again") }
        }
        try execute(
            "INSERT INTO artifact_place (id, address, owner) VALUES (1, ?, ?) ON CONFLICT (id) DO UPDATE "
                + "SET address = excluded.address, owner = excluded.owner", [.text(place.address), .text(place.owner)])
        return place
    }
}

/// Names that nobody can guess.
enum RandomName {
    /// 32 hexadecimal digits.
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in String(generator.next() as UInt32, radix: 16) }
            .map { String(repeating: "0", count: 8 - $0.count) + $0 }.joined()
    }
}
