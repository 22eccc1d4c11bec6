import Foundation
import Glibc
package import MartletCore
package import MartletRegistry
package import MartletStore

/// A copy of a deployed version's files that nothing answers from, nor would after a rollback.
package struct UnusedCopy: Sendable, Equatable {
    package let release: Digest
    /// What it is of, such as `models:/price/1`, and the name that it answered under; `nil` where its deployment was cut off.
    package let address: String?
    package let name: String?
    package let sizeBytes: Int
}

/// The copies of deployed versions in a home, of which old ones may go: a deployment of the same version brings one again.
package struct ModelCopies: Sendable {
    /// How old a copy is at least that goes, so that a deployment or rollback under way has time to load it.
    package static let ageMin = Duration.seconds(3_600)
    private static let waitAtMost = Duration.seconds(10)

    private let home: Home
    private let records: RecordStore

    /// - Parameter home: one that was prepared.
    package init(_ home: Home, _ records: RecordStore) {
        self.home = home
        self.records = records
    }

    /// Keeps collectors away while a pointer moves to a copy.
    static func lock(_ home: Home, for purpose: String) throws -> FileLock {
        try FileLock.acquire(path: "\(home.locksPath)/models", purpose: purpose, waitAtMost: waitAtMost)
    }

    /// The copies that were neither made, nor about to be used, nor answered from since a time, and that no name points or rolls back to.
    package func unused(before limit: Timestamp, now: Timestamp = .now) throws -> [UnusedCopy] {
        guard Directory.kind(of: home.modelsPath) == S_IFDIR else { return [] }
        let needed = try needed(since: limit, now)
        let digests = try Directory.names(in: home.modelsPath).compactMap(Digest.init)
        return try digests.filter { !needed.contains($0) && isOld($0, limit, now) }.map { digest in
            let release = try records.release(digest).flatMap { try ModelRelease(record: $0) }
            return UnusedCopy(release: digest, address: release?.address, name: release?.name, sizeBytes: try size(of: path(digest)))
        }
    }

    /// Removes copies that were found, but for what came to be needed since. - Returns: what was removed.
    package func remove(_ found: [UnusedCopy], before limit: Timestamp, now: Timestamp = .now) throws -> [UnusedCopy] {
        var removed: [(copy: UnusedCopy, place: String)] = []
        do {
            let lock = try Self.lock(home, for: "martlet gc")
            defer { lock.release() }
            let needed = try needed(since: limit, now)
            for copy in found where !needed.contains(copy.release) && isOld(copy.release, limit, now) {
                let place = "\(home.temporaryPath)/\(UUID().uuidString)"
                if rename(path(copy.release), place) == 0 { removed.append((copy, place)) }
            }
            if !removed.isEmpty { try Directory.synchronize(home.modelsPath) }
        }
        for copy in removed { try ModelCopy.removeAll(copy.place) }
        return removed.map(\.copy)
    }

    /// What names point to, what they would roll back to, and what servers answered from of late.
    private func needed(since limit: Timestamp, _ now: Timestamp) throws -> Set<Digest> {
        let time = min(limit, now - Self.ageMin)
        return try records.routedEndpoints().reduce(into: try records.releasesAnswering(since: time)) { needed, name in
            guard let current = try records.current(endpoint: name) else { return }
            needed.insert(current.release)
            if let target = try records.predecessor(of: current) { needed.insert(target) }
        }
    }

    private func isOld(_ digest: Digest, _ limit: Timestamp, _ now: Timestamp) -> Bool {
        var status = stat()
        guard lstat(path(digest), &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return false }
        return Int64(status.st_mtim.tv_sec) * 1_000_000 < min(limit, now - Self.ageMin).microseconds
    }

    private func path(_ digest: Digest) -> String { "\(home.modelsPath)/\(digest.hex)" }

    private func size(of folder: String) throws -> Int {
        try Directory.names(in: folder).reduce(0) { sum, name in
            var status = stat()
            // What went away meanwhile takes no room.
            guard lstat("\(folder)/\(name)", &status) == 0 else { return sum }
            return try sum + (status.st_mode & S_IFMT == S_IFDIR ? size(of: "\(folder)/\(name)") : Int(status.st_size))
        }
    }
}

extension ModelHome {
    /// What was deployed in this home, ever, registered models and releases of a project.
    package static func origins(_ records: RecordStore) throws -> [DeployedOrigin] {
        try records.routedReleases().map { record in
            guard let model = try ModelRelease(record: record) else {
                return DeployedOrigin(name: record.name, run: record.run, source: "")
            }
            return DeployedOrigin(name: model.name, run: model.manifest["run"]?.string, source: model.source)
        }
    }
}
