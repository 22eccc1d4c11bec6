import MartletCore

/// The formats of bodies that are read.
enum InvocationContentType {
    case json, csv, parquet

    /// - Throws: `invalidInput` with `UnsupportedContentType` as its cause.
    init(header: String?) throws {
        guard let header else {
            throw Self.refusal(nil, "expected application/json, text/csv or application/vnd.apache.parquet, found none")
        }
        let parts = header.split(separator: ";", omittingEmptySubsequences: false).map(Self.trimmed)
        for parameter in parts.dropFirst() where !parameter.isEmpty { try Self.check(parameter, in: header) }
        switch parts[0] {
        case "application/json": self = .json
        case "text/csv": self = .csv
        case "application/vnd.apache.parquet": self = .parquet
        default:
            throw Self.refusal(
                header, "expected application/json, text/csv or application/vnd.apache.parquet, found '\(header.prefix(80))'")
        }
    }

    private static func check(_ parameter: String, in header: String) throws {
        let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(trimmed)
        guard parts[0] == "charset", parts.count == 2 else {
            throw refusal(header, "expected no parameter but charset, found '\(parameter.prefix(80))'")
        }
        guard ["utf-8", "\"utf-8\"", "utf8"].contains(parts[1]) else {
            throw refusal(header, "expected charset utf-8, found '\(parts[1].prefix(80))'")
        }
    }

    private static func trimmed(_ part: Substring) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(part.drop(while: isSpace).reversed().drop(while: isSpace).reversed()).lowercased()
    }

    private static func refusal(_ header: String?, _ reason: String) -> MartletError {
        MartletError(.invalidInput, "header Content-Type: \(reason)", cause: UnsupportedContentType(header: header))
    }
}

/// Why a body was not even looked at.
struct UnsupportedContentType: Error, CustomStringConvertible {
    let header: String?

    var description: String { "content type '\((header ?? "").prefix(80))' is not supported" }
}
