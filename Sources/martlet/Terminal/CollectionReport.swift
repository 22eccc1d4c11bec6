import MartletCore
import MartletPipeline
import MartletPlatform
import MartletRegistry
import MartletStore

/// What `gc` removed, or would, for people and for machines.
struct CollectionReport {
    /// How many rows of a table people are shown; JSON has all.
    private static let rowCountMax = 1_000

    /// `nil` where nobody asked for it.
    let records: RemovalPlan?
    /// Of a project's steps; `nil` where nobody asked for it.
    let runs: RunRemoval?
    let copies: [UnusedCopy]
    let blobs: [UnreferencedBlob]
    /// Content that is kept in parts; `nil` where none is.
    let parts: CacheRemoval?
    /// What runs left long ago.
    let folders: [OldRunFolders.Folder]
    let isRemoved: Bool

    private var size: Int { blobs.reduce(0) { $0 + $1.sizeBytes } }

    var lines: [String] { recordLines + runLines + copyLines + folderLines + partLines + blobLines }

    private var recordLines: [String] {
        guard let records else { return [] }
        var table = TextTable("deleted", "id", "name", "since")
        for record in records.leaving.prefix(Self.rowCountMax) {
            table.add(record.kind.description, record.id, record.name, Self.time(record.deletedAt))
        }
        let kept = records.kept.prefix(Self.rowCountMax).map { "kept: \($0.record.kind) \($0.record.id): \($0.reason)" }
        let count = records.leaving.count
        let what = Self.counted(records.leaving)
        let more = records.hasMore ? "; there are more, call it again" : ""
        let next = count == 0 ? "" : ", and then the bytes that nothing else refers to"
        return rows(table, count) + kept + unshown(records.kept.count)
            + [isRemoved ? "removed \(what)\(more)" : "\(what) would go\(more)\(next)"]
    }

    /// How many there are of each kind, such as "2 runs and 1 experiment".
    private static func counted(_ records: [DeletedRecord]) -> String {
        let parts = [DeletedRecord.Kind.run, .loggedModel, .experiment].compactMap { kind -> String? in
            let count = records.filter { $0.kind == kind }.count
            return count == 0 ? nil : "\(count.grouped) \(kind)\(count == 1 ? "" : "s")"
        }
        guard let last = parts.last else { return "nothing that was deleted" }
        return parts.count == 1 ? last : parts.dropLast().joined(separator: ", ") + " and " + last
    }

    private var runLines: [String] {
        guard let runs else { return [] }
        let what =
            "\(runs.runs.count.grouped) old run\(runs.runs.count == 1 ? "" : "s") of steps, with \(runs.attemptCount.grouped) attempts and "
            + "\(runs.executionCount.grouped) executions"
        let next = runs.runs.isEmpty ? "" : ", and then the bytes that nothing else refers to; --delete removes them"
        return [isRemoved ? "removed \(what)" : "\(what) would go\(next)"]
    }

    private var copyLines: [String] {
        guard !copies.isEmpty else { return [] }
        var table = TextTable("copy", "of", "deployed as", ">bytes")
        for copy in copies.prefix(Self.rowCountMax) {
            table.add(copy.release.short, copy.address ?? "", copy.name ?? "", "\(copy.sizeBytes)")
        }
        let what = "\(copies.count) cop\(copies.count == 1 ? "y" : "ies") of \(copies.reduce(0) { $0 + $1.sizeBytes }) bytes"
        return rows(table, copies.count) + [isRemoved ? "removed \(what)" : "nothing answers from \(what); --delete removes them"]
    }

    private var folderLines: [String] {
        guard !folders.isEmpty else { return [] }
        let what =
            "\(folders.count) folder\(folders.count == 1 ? "" : "s") of old runs, of \(folders.reduce(0) { $0 + $1.sizeBytes }) bytes"
        return [isRemoved ? "removed \(what)" : "nobody asked for \(what), for long; --delete removes them"]
    }

    private var partLines: [String] {
        guard let parts, !parts.items.isEmpty else { return [] }
        var table = TextTable("content", "kind", ">bytes")
        for item in parts.items.prefix(Self.rowCountMax) {
            table.add(item.content.digest.short, item.content.kind.rawValue, "\(item.freedBytes)")
        }
        let what = "\(parts.items.count) file\(parts.items.count == 1 ? "" : "s") or folders in parts of \(parts.freedBytes) bytes"
        return rows(table, parts.items.count) + [isRemoved ? "removed \(what)" : "nothing refers to \(what); --delete removes them"]
    }

    private var blobLines: [String] {
        var table = TextTable("blob", ">bytes")
        for blob in blobs.prefix(Self.rowCountMax) { table.add(blob.digest.short, "\(blob.sizeBytes)") }
        let what = "\(blobs.count) blob\(blobs.count == 1 ? "" : "s") of \(size) bytes"
        let next = blobs.isEmpty ? "" : "; --delete removes them"
        return rows(table, blobs.count) + [isRemoved ? "removed \(what)" : "nothing refers to \(what)" + next]
    }

    private func rows(_ table: TextTable, _ count: Int) -> [String] { count == 0 ? [] : table.lines + unshown(count) }

    private func unshown(_ count: Int) -> [String] {
        count > Self.rowCountMax ? ["  and \((count - Self.rowCountMax).grouped) more; --json has all"] : []
    }

    /// The same for machines.
    var json: JSONValue {
        let blobs = blobs.map { blob -> JSONValue in
            ["digest": .string(blob.digest.description), "bytes": .integer(Int64(blob.sizeBytes))]
        }
        let copies = copies.map { copy -> JSONValue in
            [
                "release": .string(copy.release.description), "model": copy.address.map(JSONValue.string) ?? .null,
                "endpoint": copy.name.map(JSONValue.string) ?? .null, "bytes": .integer(Int64(copy.sizeBytes)),
            ]
        }
        var answer: [String: JSONValue] = [
            "deleted": .boolean(isRemoved), "bytes": .integer(Int64(size)), "blobs": .array(blobs), "copies": .array(copies),
        ]
        answer["parts"] = .array(
            (parts?.items ?? []).map { item in
                [
                    "digest": .string(item.content.digest.description), "kind": .string(item.content.kind.rawValue),
                    "bytes": .integer(Int64(item.freedBytes)),
                ]
            })
        answer["folders"] = .array(folders.map { ["path": .string($0.path), "bytes": .integer(Int64($0.sizeBytes))] })
        if let runs {
            answer["runs"] = .array(runs.runs.map(JSONValue.string))
            answer["attempt_count"] = .integer(Int64(runs.attemptCount))
            answer["execution_count"] = .integer(Int64(runs.executionCount))
        }
        if let records {
            answer["records"] = .array(records.leaving.map(Self.fields).map(JSONValue.object))
            answer["kept"] = .array(
                records.kept.map { kept in
                    .object(Self.fields(of: kept.record).merging(["reason": .string(kept.reason)]) { first, _ in first })
                })
            answer["more"] = .boolean(records.hasMore)
        }
        return .object(answer)
    }

    private static func fields(of record: DeletedRecord) -> [String: JSONValue] {
        [
            "kind": .string(record.kind.description), "id": .string(record.id), "name": .string(record.name),
            "since": .string(time(record.deletedAt)),
        ]
    }

    /// A time of milliseconds, which a client may have made up.
    private static func time(_ milliseconds: Int64) -> String {
        let (microseconds, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000)
        return overflow || milliseconds == 0 ? "" : Timestamp(microseconds: microseconds).description
    }
}
