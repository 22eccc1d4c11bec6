import Glibc
import MartletCore
import MartletData
import MartletStore

/// How the output is written: part by part, so that parts put one after the other are the whole.
struct ScoringFormat: Equatable {
    /// The most rows of a Parquet row group: DuckDB's own number.
    static let rowGroupRowCountMax = 122_880
    /// The rows of DuckDB's vectors, and so of the smallest row group.
    private static let rowGroupRowCountMin = 2048
    /// About how large a row group becomes in memory, where it is written.
    private static let rowGroupSizeBytes = 32 << 20

    private let format: SourceFormat
    private let isCompressed: Bool
    private let isTabbed: Bool

    /// By the ending of the file's name. - Throws: `invalidInput`.
    init(path: String) throws {
        guard let format = SourceFormat(path: path), format != .sqlite else {
            throw MartletError(.invalidInput, "'\(path)': expected a name that ends in .parquet, .csv or .jsonl")
        }
        let name = path.lowercased()
        self.format = format
        isCompressed = name.hasSuffix(".gz")
        isTabbed = name.hasSuffix(".tsv") || name.hasSuffix(".tsv.gz")
    }

    /// What identifies the format.
    var definition: JSONValue { .string("\(format.rawValue)\(isTabbed ? " tabs" : "")\(isCompressed ? " gzip" : "")") }

    /// How many rows of some width are a row group.
    static func rowGroupRowCount(rowWidthBytes: Double) -> Int {
        let fitting = (Double(rowGroupSizeBytes) / max(1, rowWidthBytes)).rounded(.down)
        return Int(min(max(fitting, Double(rowGroupRowCountMin)), Double(rowGroupRowCountMax)))
    }

    /// The options of COPY. - Parameter isFirst: whether this is the part with the headings.
    func copyOptions(isFirst: Bool, rowGroupRowCount: Int) -> String {
        let compression = isCompressed ? ", COMPRESSION gzip" : ""
        return switch format {
        case .csv: "FORMAT csv, HEADER \(isFirst)\(isTabbed ? ", DELIMITER '\\t'" : "")\(compression)"
        case .jsonLines: "FORMAT json\(compression)"
        default: "FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE \(rowGroupRowCount)"
        }
    }

    /// Puts parts one after the other into a file and makes it durable; their bytes are copied, not decoded.
    func join(_ parts: [String], into path: String) throws {
        guard format == .parquet else { return try Self.concatenate(parts, into: path) }
        var join = try ParquetJoin(to: path)
        for part in parts { try join.append(part) }
        try join.finish()
    }

    private static func concatenate(_ parts: [String], into path: String) throws {
        let output = try OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o666)
        var offset = 0
        for part in parts {
            let file = try OpenFile(part, O_RDONLY)
            let sizeBytes = try file.sizeBytes()
            try output.copy(from: file, 0..<sizeBytes, to: offset)
            offset += sizeBytes
        }
        try output.synchronize()
    }
}
