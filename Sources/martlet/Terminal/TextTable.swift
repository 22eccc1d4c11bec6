import Foundation

/// Rows under headings, aligned for a fixed-width font.
struct TextTable {
    /// Which side a column keeps to.
    enum Alignment {
        case left, right
    }

    private let headings: [String]
    private let alignments: [Alignment]
    private var rows: [[String]] = []

    /// Makes a table. Headings that begin with `>` align their column to the right.
    init(_ headings: String...) { self.init(headings) }

    init(_ headings: [String]) {
        alignments = headings.map { $0.hasPrefix(">") ? .right : .left }
        self.headings = headings.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 }
    }

    mutating func add(_ cells: String...) { rows.append(cells) }
    mutating func add(cells: [String]) { rows.append(cells) }

    /// The lines, each indented by two spaces.
    var lines: [String] {
        let all = [headings] + rows
        let widths = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { cells in
            let padded = cells.indices.map { column -> String in
                let fill = String(repeating: " ", count: widths[column] - cells[column].count)
                return alignments[column] == .right ? fill + cells[column] : cells[column] + fill
            }
            return "  " + padded.joined(separator: "  ").replacing(/\s+$/, with: "")
        }
    }

    /// The whole table.
    var text: String { lines.joined(separator: "\n") }
}
