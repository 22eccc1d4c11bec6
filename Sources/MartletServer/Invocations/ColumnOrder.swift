import MartletCore

/// Which of the model's columns each column of a request is.
struct ColumnOrder {
    /// By the request's columns; `nil` where the model has no such one, which is ignored.
    let targets: [Int?]
    /// Whether the request has the model's columns in the model's order, and no others.
    let isSame: Bool

    /// - Parameters:
    ///   - columns: the request's; `nil` where they have no names and are all of the model's.
    ///   - names: the model's; `nil` where only the order counts.
    /// - Throws: `invalidInput` where the model's are missing, one comes twice, or the counts differ where names do not help.
    init(_ columns: [String]?, names: [String]?, columnCount: Int) throws {
        if let columns, let names, columns != names {
            targets = try Self.targets(columns, names)
            isSame = false
            return
        }
        if let columns, columns.count != columnCount {
            throw MartletError(.invalidInput, "expected the model's \(columnCount) columns in its order, found \(columns.count)")
        }
        targets = Array(0..<columnCount)
        isSame = true
    }

    private static func targets(_ columns: [String], _ names: [String]) throws -> [Int?] {
        let positions = Self.positions(names)
        var seen = [Bool](repeating: false, count: names.count)
        var unknown: [String] = []
        let targets = try columns.map { column in
            guard let position = positions[column] else {
                unknown.append(column)
                return Int?.none
            }
            guard !seen[position] else { throw MartletError(.invalidInput, "column '\(column.prefix(60))': expected once, found twice") }
            seen[position] = true
            return position
        }
        try check(names, seen, unknown: unknown)
        return targets
    }

    static func positions(_ names: [String]) -> [String: Int] {
        Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// How many names a message lists.
    private static let listedCountMax = 20

    /// - Throws: `invalidInput` where one of the model's columns was not seen.
    static func check(_ names: [String], _ seen: [Bool], unknown: [String]) throws {
        guard seen.contains(false) else { return }
        let missing = zip(names, seen).filter { !$1 }.map(\.0)
        let extra = unknown.isEmpty ? "" : "; there were extra columns \(list(unknown)), which it does not have"
        throw MartletError(.invalidInput, "the model is missing its columns \(list(missing))\(extra)")
    }

    private static func list(_ names: [String]) -> String {
        let rest = names.count - listedCountMax
        return names.prefix(listedCountMax).map { "'\($0.prefix(60))'" }.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}
