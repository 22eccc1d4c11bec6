import MartletCore

/// What goes wrong while files are scored, in words that say what to do.
enum ScoringFault {
    private static let lineCountMax = 40

    /// DuckDB's error, as one about what was read or written where it is that.
    static func reading(_ error: MartletError, _ what: String) -> MartletError {
        let text = error.message
        guard error.code == .engine, !text.contains("INTERNAL Error"), !text.contains("INTERRUPT Error") else { return error }
        if ["No space left on device", "Disk quota exceeded", "File too large"].contains(where: text.contains) {
            return MartletError(
                .storage, "the disk is full; free some space and give the same command again: what was scored is kept (\(text))")
        }
        if text.contains("Out of Memory Error") {
            let reason = text.split(separator: "\n").first ?? ""
            return MartletError(
                .limitExceeded, "\(what): the memory that was allowed does not do; allow more with --memory or take fewer --threads (\(reason))")
        }
        if text.contains("Permission denied") || text.contains("Input/output error") {
            return MartletError(.storage, "\(what) cannot be read or written: \(text)")
        }
        return MartletError(.invalidInput, "\(what) cannot be read; it is damaged or not what its name says (\(text))")
    }

    /// Two files of one input that differ in their columns.
    static func differentColumns(
        _ columns: [(name: String, type: String)], _ first: String, _ others: [(name: String, type: String)], _ path: String
    ) -> MartletError {
        let types = Dictionary(columns.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
        let otherTypes = Dictionary(others.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
        let names = columns.map(\.name) + others.map(\.name).filter { types[$0] == nil }
        let rows = names.filter { types[$0] != otherTypes[$0] }.map { [$0, types[$0] ?? "missing", otherTypes[$0] ?? "missing"] }
        let table = rows.isEmpty ? "  the same columns in another order" : Self.table(["column", "first", "second"], rows)
        return MartletError(
            .invalidInput, "'\(first)' and '\(path)' differ in their columns:\n\(table)\nscore them one by one, or write them alike")
    }

    /// Lines of aligned columns, indented by two; at most 40 of them.
    static func table(_ headings: [String], _ rows: [[String]]) -> String {
        let shown = [headings] + rows.prefix(lineCountMax)
        let widths = headings.indices.map { column in shown.map { $0[column].count }.max() ?? 0 }
        var lines = shown.map { cells in
            let padded = cells.indices.map { $0 == cells.count - 1 ? cells[$0] : cells[$0].padded(to: widths[$0]) }
            return "  " + padded.joined(separator: "  ")
        }
        if rows.count > lineCountMax { lines.append("  … and \(rows.count - lineCountMax) more") }
        return lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
