import Foundation
import MartletCore
import MartletData
import MartletEngines
import MartletPipeline
import MartletStore
import Synchronization

/// Says how one content differs from another: by its files, its columns, its lines, or at least its size.
final class ContentDifference: Sendable {
    /// The most bytes of one side that are read, over all contents that this compares; what lies beyond is told by its size.
    static let readBytesMax = 1 << 30
    /// The largest text that is compared by its lines.
    static let textBytesMax = 1 << 20
    /// The most lines on one content.
    static let lineCountMax = 5
    /// Names of files that are shown of each kind of change.
    static let nameCountMax = 3
    /// What the database that reads tables may use; it spills beyond that.
    private static let memoryMegabytesMax = 1_024

    private let temporaryFolder: String
    private let readBytes = Mutex((old: 0, new: 0))

    /// - Parameter home: where files that are read by their paths are put meanwhile.
    init(home: Home) { temporaryFolder = home.temporaryPath }

    /// The differences in words.
    /// - Parameters:
    ///   - name: what people know the content by.
    ///   - file: its file's name, which tells what it is.
    ///   - table: of a database.
    func words(_ name: String, file: String, table: String? = nil, old: ComparedContent, new: ComparedContent) -> [String] {
        guard old.digest != new.digest else { return [] }
        do {
            guard let left = try old.find() else {
                return ["\(name): \(old.digest.short) → \(new.digest.short); the old content is not kept any more"]
            }
            guard let right = try new.find() else {
                return ["\(name): \(old.digest.short) → \(new.digest.short); the new content is not kept"]
            }
            if case .folder(let before) = left, case .folder(let after) = right { return FolderDifference.words(name, before, after) }
            guard let before = left.sizeBytes, let after = right.sizeBytes else {
                return ["\(name): a \(Self.kind(left)) → a \(Self.kind(right))"]
            }
            guard take(before, after) else { return [Self.sizes(name, before, after)] }
            return try tables(name, file, table, (old, left), (new, right)) ?? texts(name, (old, left), (new, right))
                ?? [Self.sizes(name, before, after)]
        } catch {
            // A run is not ended by what only explains it.
            return ["\(name): \(old.digest.short) → \(new.digest.short); what changed cannot be told: \(error)"]
        }
    }

    private static func kind(_ found: ComparedContent.Found) -> String { if case .folder = found { "folder" } else { "file" } }

    private static func sizes(_ name: String, _ old: Int, _ new: Int) -> String {
        old == new ? "\(name): \(old.grouped) bytes, other ones" : "\(name): \(old.grouped) bytes → \(new.grouped) bytes"
    }

    /// Whether so much may still be read.
    private func take(_ old: Int, _ new: Int) -> Bool {
        readBytes.withLock { read in
            guard max(read.old + old, read.new + new) <= Self.readBytesMax else { return false }
            read = (read.old + old, read.new + new)
            return true
        }
    }

    // MARK: Texts

    private typealias Side = (content: ComparedContent, found: ComparedContent.Found)

    private func texts(_ name: String, _ old: Side, _ new: Side) throws -> [String]? {
        guard let before = old.found.sizeBytes, let after = new.found.sizeBytes, max(before, after) <= Self.textBytesMax else { return nil }
        let (left, right) = (try old.content.bytes(old.found), try new.content.bytes(new.found))
        if let words = JSONDifference.words(name, left, right, limit: Self.lineCountMax) { return words }
        return LineDifference.summary(old: left, new: right, name: name, limit: Self.lineCountMax)
    }

    // MARK: Tables

    /// `nil` where one of them is no table.
    private func tables(_ name: String, _ file: String, _ table: String?, _ old: Side, _ new: Side) throws -> [String]? {
        let folder = "\(temporaryFolder)/\(UUID().uuidString)"
        // What stays is removed with what is stale.
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // Only a file of this name, or one that may be Parquet, is worth a look by its path.
        let isNamed = SourceFormat(path: file) != nil
        guard try isNamed || isParquet(old) && isParquet(new) else { return nil }
        let left = try old.content.place(old.found, named: file, in: "\(folder)/old")
        let right = try new.content.place(new.found, named: file, in: "\(folder)/new")
        do {
            let format: SourceFormat? = isNamed ? nil : .parquet
            return try columns(
                name, try DatasetSource(left, format: format, table: table), try DatasetSource(right, format: format, table: table))
        } catch let error as MartletError where [.invalidInput, .engine, .unavailable, .notFound].contains(error.code) {
            // It has the name of a table and is none, or there is nothing to read it with.
            return nil
        }
    }

    private func isParquet(_ side: Side) throws -> Bool {
        let magic = Array("PAR1".utf8)
        guard let size = side.found.sizeBytes, size >= 2 * magic.count else { return false }
        return try side.content.beginning(side.found, magic.count) == magic
    }

    private func columns(_ name: String, _ old: DatasetSource, _ new: DatasetSource) throws -> [String] {
        let database = try DuckDBDatabase(memoryLimitMegabytes: Self.memoryMegabytesMax, temporaryFolder: temporaryFolder)
        let before = try ColumnDigests.rowCount(of: old, connection: database.connect())
        let after = try ColumnDigests.rowCount(of: new, connection: database.connect())
        let common = min(before, after)
        let left = try ColumnDigests(of: old, rows: common, connection: database.connect())
        let right = try ColumnDigests(of: new, rows: common, connection: database.connect())
        let changes = TableDifference.changedColumns(old: left.columns, new: right.columns)
        var words: [String] = []
        if before != after {
            let rest = changes.isEmpty && common > 0 ? "; the first \(common.grouped) are as they were" : ""
            words.append("\(name): \(before.grouped) rows → \(after.grouped) rows\(rest)")
        }
        words += changes.prefix(Self.lineCountMax).map { "\(name): \($0)" }
        if changes.count > Self.lineCountMax { words.append("\(name): \(changes.count - Self.lineCountMax) more columns") }
        return words.isEmpty ? ["\(name): the same table, written in other bytes"] : words
    }
}

extension ComparedContent {
    /// The first bytes of a file.
    fileprivate func beginning(_ found: Found, _ count: Int) throws -> [UInt8] {
        switch found {
        case .folder: return []
        case .bytes(let bytes): return Array(bytes.prefix(count))
        case .file(let path, _): return try OpenFile(path, O_RDONLY).read(at: 0, countMax: count)
        case .kept: return try TreeStore(home: home).beginning(of: digest, countMax: count)
        }
    }
}
