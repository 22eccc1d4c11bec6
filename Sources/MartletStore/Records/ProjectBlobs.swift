import Foundation
import GRDB
package import MartletCore

/// Which blobs of a project's home are needed.
package enum ProjectBlobs {
    /// All that a record mentions, whatever for, and what blobs of JSON among those mention in turn: rather one too many than one too few.
    ///
    /// A step that runs meanwhile may put blobs that no record mentions yet: hold the lock of runs.
    /// - Parameter mentioned: what records elsewhere mention.
    /// - Throws: `storage`. - Complexity: O(bytes of the records and of the blobs of JSON).
    package static func needed(_ records: RecordStore, _ blobs: BlobStore, also mentioned: Set<Digest> = []) throws -> Set<Digest> {
        try closure(of: records.mentionedDigests().union(mentioned), blobs)
    }

    /// Some digests, and what blobs of JSON among them mention, and so on.
    /// - Throws: `storage`. - Complexity: O(bytes of the blobs of JSON).
    package static func closure(of digests: Set<Digest>, _ blobs: BlobStore) throws -> Set<Digest> {
        var needed: Set<Digest> = []
        var rest = digests
        while let digest = rest.popFirst() {
            guard needed.insert(digest).inserted, blobs.contains(digest) else { continue }
            rest.formUnion(try mentionedDigests(inBlobAt: blobs.path(of: digest)).subtracting(needed))
        }
        return needed
    }

    /// Models and tables mention none.
    private static func mentionedDigests(inBlobAt path: String) throws -> Set<Digest> {
        let first = try OpenFile(path, O_RDONLY).read(at: 0, countMax: 1).first
        guard let first, "{[\"".utf8.contains(first) else { return [] }
        return Digest.mentioned(in: try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe))
    }
}

extension RecordStore {
    /// The digests in any text of any record.
    fileprivate func mentionedDigests() throws -> Set<Digest> {
        try read { database in
            var found: Set<Digest> = []
            for table in try String.fetchAll(database, sql: "SELECT name FROM sqlite_master WHERE type = 'table'") {
                let rows = try Row.fetchCursor(database, sql: "SELECT * FROM \"\(table)\"")
                while let row = try rows.next() {
                    for (_, value) in row {
                        if case .string(let text) = value.storage { found.formUnion(Digest.mentioned(in: text.utf8)) }
                    }
                }
            }
            return found
        }
    }
}

extension Digest {
    /// What reads as a digest in a text: 64 hexadecimal digits that are not part of more.
    package static func mentioned(in text: some Sequence<UInt8>) -> Set<Digest> {
        var found: Set<Digest> = []
        var digits: [UInt8] = []
        func end() {
            if digits.count == 64, let digest = Digest(String(decoding: digits, as: UTF8.self)) { found.insert(digest) }
            digits.removeAll(keepingCapacity: true)
        }
        for byte in text {
            guard (48...57).contains(byte) || (97...102).contains(byte) else {
                end()
                continue
            }
            // One too many, and no more: it is none.
            if digits.count <= 64 { digits.append(byte) }
        }
        end()
        return found
    }
}
