package import MartletCore

/// What a collector found: content that nothing refers to.
package struct UnreferencedBlob: Sendable, Equatable {
    package let digest: Digest
    package let sizeBytes: Int
}

/// The collection of content that nothing refers to any more.
extension ArtifactStore {
    /// For how much content one transaction looks or speaks, so that no write waits long.
    private static let groupCount = 64

    /// The content that no artifact refers to and that was last put before a time.
    /// - Parameter needed: what others than artifacts refer to.
    package func unreferencedBlobs(before limit: Timestamp, needed: Set<Digest> = []) async throws -> [UnreferencedBlob] {
        var found: [UnreferencedBlob] = []
        var last: Digest?
        while case let page = try await content.list(after: last), let end = page.last {
            last = end.digest
            let old = page.filter { $0.putAt < limit && !needed.contains($0.digest) }.map {
                UnreferencedBlob(digest: $0.digest, sizeBytes: $0.sizeBytes)
            }
            for group in old.groups(of: Self.groupCount) {
                found += try await database.read { connection in try group.filter { try !connection.refers(to: $0.digest) } }
            }
        }
        return found
    }

    /// Whether the database and the home are a pair. Where they are not, the database does not know what the home's bytes are for.
    package func isPaired() async throws -> Bool {
        guard let identity = try home.identity() else { return false }
        return try await database.read { try $0.identity() } == identity
    }

    /// Pairs the database with the home where neither has been paired before. A home without a database takes that which it is given.
    package func pair() async throws {
        let known = try home.identity()
        var identity = try await database.read { try $0.identity() }
        if identity == nil, known == nil {
            let made = RandomName.make()
            identity = try await database.write { connection in
                try connection.execute("INSERT INTO artifact_home (number, id) VALUES (1, ?) ON CONFLICT DO NOTHING", [.text(made)])
                return try connection.identity()
            }
        }
        if let identity, known == nil { try home.setIdentity(identity) }
    }

    /// Removes content that was found to be unreferenced, but for what was put or referred to since.
    /// - Parameter limit: the same as it was found with.
    /// - Returns: what was removed.
    /// - Throws: `locked` where another collector removes the same.
    @discardableResult
    package func collect(_ found: [UnreferencedBlob], before limit: Timestamp) async throws -> [UnreferencedBlob] {
        var removed: [UnreferencedBlob] = []
        for group in found.groups(of: Self.groupCount) {
            let (token, start) = (RandomName.make(), clock())
            let leaving = try await database.write { connection in
                try connection.forgetRemovals(before: start - ContentRemoval.ageMax)
                return try group.filter { try connection.beginRemoval(of: $0.digest, token: token, at: start) }
            }
            for blob in leaving where clock() < start + ContentRemoval.beginMax {
                // Another collector takes over what it believes to be a killed one's.
                guard try await database.read({ try $0.removal(of: blob.digest)?.token == token }) else { continue }
                if try await content.remove(blob.digest, before: limit) { removed.append(blob) }
            }
            try await database.write { try $0.endRemovals(token) }
        }
        return removed
    }
}

extension Array {
    fileprivate func groups(of count: Int) -> [[Element]] {
        stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min($0 + count, self.count)]) }
    }
}
