import Glibc
import MartletCore
import MartletStore

/// Points of metrics as lines: the time, the value and the step.
extension FileSource {
    /// How much of a file is read at once.
    private static let chunkSizeBytes = 1 << 20

    func points(of run: SourceRun, from cursor: PointCursor) async throws -> PointPage {
        let folder = try place(.runs, run.run.info.id).folder("metrics")
        let files = try folder.files().files
        var (number, offset, line) = (0, 0, 1)
        if case .file(let own, let start, let first) = cursor { (number, offset, line) = (own, start, first) }
        var page = PointPage()
        while number < files.count {
            var lines = MetricLines(path: "\(folder.path)/\(files[number])", run: run.run.info.id, offset: offset, line: line)
            let isAtEnd = try lines.read(Self.chunkSizeBytes) { fields in
                guard var metric = LoggedMetric(fields: fields) else { return false }
                metric.key = files[number]
                page.points.append(metric)
                return true
            }
            page.flaws.add(lines.flaws)
            (offset, line) = (lines.offset, lines.line)
            if isAtEnd { (number, offset, line) = (number + 1, 0, 1) }
            if page.points.count >= ImportLimits.pointCount {
                page.next = .file(number, offset: offset, line: line)
                return page
            }
        }
        return page
    }
}

extension LoggedMetric {
    /// A time, a value and, of newer files, a step; what comes behind is of logged models. The key is still empty.
    init?(fields: [Substring]) {
        guard (2...6).contains(fields.count), let at = Int64(fields[0]), let value = Double(String(fields[1])) else { return nil }
        var step: Int64 = 0
        if fields.count > 2 {
            guard let own = Int64(fields[2]) else { return nil }
            step = own
        }
        self.init("", value, at: at, step: step)
    }
}

/// The lines of a file of metrics, a piece at a time.
struct MetricLines {
    let path: String
    /// The run, or the model, that it belongs to.
    let owner: String
    let kind: ImportKind
    private(set) var offset: Int
    private(set) var line: Int
    private(set) var flaws = ImportFlaws<ImportFlaw>()

    init(path: String, run: String, offset: Int = 0, line: Int = 1) { self.init(path: path, .runs, run, offset: offset, line: line) }

    init(path: String, _ kind: ImportKind, _ owner: String, offset: Int = 0, line: Int = 1) {
        (self.path, self.kind, self.owner, self.offset, self.line) = (path, kind, owner, offset, line)
    }

    /// Calls a closure with the fields of each line of the next piece; where it returns `false`, the line is a flaw.
    /// - Returns: whether that was the last piece.
    mutating func read(_ sizeBytes: Int, _ take: ([Substring]) -> Bool) throws -> Bool {
        let bytes = try OpenFile(path, O_RDONLY | O_NOFOLLOW).read(at: offset, countMax: sizeBytes)
        let isLast = bytes.count < sizeBytes
        let newline = bytes.lastIndex(of: UInt8(ascii: "\n"))
        guard isLast || newline != nil else {
            tell(bytes[...])
            offset += bytes.count
            return false
        }
        let end = isLast ? bytes.count : (newline ?? 0) + 1
        for raw in bytes[..<end].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast(isLast ? 0 : 1) {
            defer { line += 1 }
            if raw.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { continue }
            let fields =
                raw.count > ImportLimits.lineSizeMaxBytes ? [] : String(decoding: raw, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            if !take(fields) { tell(raw) }
        }
        offset += end
        return isLast
    }

    private mutating func tell(_ raw: ArraySlice<UInt8>) {
        let (kind, owner, path, line) = (kind, owner, path, line)
        flaws.add(
            ImportFlaw(
                kind: kind, key: owner,
                reason: "'\(path)', line \(line): expected a time, a value and a step, found "
                    + "'\(String(decoding: raw.prefix(60), as: UTF8.self))'"))
    }
}
