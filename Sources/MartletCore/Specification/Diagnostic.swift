/// A fault in a file that a person wrote, with its place.
public struct Diagnostic: Sendable, Equatable, CustomStringConvertible {
    /// The file as it was named.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The column, from 1.
    public let column: Int
    /// The place in the document, for example `models.demand.split`.
    public let path: String
    /// What was expected, what came, and the next step.
    public let message: String

    /// `file:line:column: path: message`, as compilers write it.
    public var description: String {
        "\(file):\(line):\(column): \(path.isEmpty ? "" : "\(path): ")\(message)"
    }
}

/// All faults of a file at once.
public struct SpecificationError: Error, Sendable, CustomStringConvertible {
    /// The faults, in the order of their place.
    public let diagnostics: [Diagnostic]

    package init(_ diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics.sorted { ($0.file, $0.line, $0.column) < ($1.file, $1.line, $1.column) }
    }

    /// One line a fault.
    public var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}

/// The candidate nearest to a misspelled word (Damerau–Levenshtein distance, at most a third of its length).
package func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
    let scored = candidates.map { ($0, editDistance(word.lowercased(), $0.lowercased())) }
    guard let best = scored.min(by: { ($0.1, $0.0) < ($1.1, $1.0) }) else { return nil }
    return best.1 <= max(1, max(word.count, best.0.count) / 3) ? best.0 : nil
}

private func editDistance(_ left: String, _ right: String) -> Int {
    let a = Array(left)
    let b = Array(right)
    var rows = [Array(0...b.count)]
    for i in 0..<a.count {
        var row = [i + 1]
        for j in 0..<b.count {
            var cost = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, rows[i - 1][j - 1] + 1) }
            row.append(cost)
        }
        rows.append(row)
    }
    return rows[a.count][b.count]
}
