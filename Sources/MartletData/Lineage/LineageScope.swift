/// A column of a table, a subquery or a result, as far as names are resolved.
struct LineageColumn: Equatable {
    /// `nil` where DuckDB makes one up, which nobody refers to.
    var name: String?
    var origins: ColumnOrigins
    /// A `USING` has merged it into the other side's: `*` and its bare name leave it out.
    var isMerged = false
}

/// What a query gives.
struct LineageResult: Equatable {
    var columns: [LineageColumn] = []
    /// What decides over its rows and their order.
    var dataset = ColumnOrigins()
    /// Whether there are columns that are not known.
    var isOpen = false

    /// The same with other names for the first columns.
    func renamed(_ names: [String]) -> LineageResult {
        var result = self
        for (position, name) in names.enumerated() where position < columns.count { result.columns[position].name = name }
        return result
    }
}

/// Something in `FROM`.
struct LineageRelation {
    /// What qualifies its columns.
    let name: String?
    /// The table's path, the catalogue and schema first; empty where it has none.
    var path: [String] = []
    var columns: [LineageColumn]
    let isOpen: Bool
}

/// The names that one query, or one lambda, adds to those around it.
struct LineageFrame {
    /// Whether a bare name is a column first, or an alias of the select list.
    enum Precedence { case column, alias, either }

    var relations: [LineageRelation] = []
    /// The select list's aliases so far.
    var aliases: [String: ColumnOrigins] = [:]
    /// The parameters of a lambda: what they hold is counted where the lambda is called.
    var parameters: Set<String> = []
    /// What `COLUMNS(…)` stands for at the moment.
    var star: ColumnOrigins?
    var precedence = Precedence.column

    /// What a name stands for; `nil` where this frame does not have it.
    func origins(of names: [String]) -> ColumnOrigins? {
        guard let first = names.first else { return nil }
        if parameters.contains(first.lowercased()) { return ColumnOrigins() }
        let alias = aliases[first.lowercased()].map { names.count > 1 ? $0.transformed : $0 }
        let column = column(names)
        return switch precedence {
        case .column: column ?? alias
        case .alias: names.count == 1 ? alias ?? column : column ?? alias
        case .either: alias == nil && column == nil ? nil : .union([alias, column].compactMap(\.self))
        }
    }

    /// Whether a name may be of a table whose columns are not known.
    func mayHave(_ names: [String]) -> Bool {
        relations.contains { $0.isOpen && (names.count == 1 || $0.isNamed(names[0]) || $0.name == nil) }
    }

    private func column(_ names: [String]) -> ColumnOrigins? {
        for relation in relations {
            if let found = relation.qualified(names) { return found }
        }
        for relation in relations {
            if let found = relation.bare(names[0]) { return names.count > 1 ? found.transformed : found }
        }
        // A table's name alone is its whole row.
        guard names.count == 1, let row = relations.first(where: { $0.isNamed(names[0]) && !$0.isOpen }) else { return nil }
        return .union(row.columns.map(\.origins)).transformed
    }
}

extension LineageRelation {
    func isNamed(_ text: String) -> Bool { name?.lowercased() == text.lowercased() }

    /// A column by its bare name.
    func bare(_ text: String) -> ColumnOrigins? {
        columns.first { !$0.isMerged && $0.name?.lowercased() == text.lowercased() }?.origins
    }

    /// A column behind the table's name, or its path; what follows the column is a field of it.
    fileprivate func qualified(_ names: [String]) -> ColumnOrigins? {
        let lowered = names.map { $0.lowercased() }
        var prefixes: [[String]] = name.map { [[$0.lowercased()]] } ?? []
        let full = path.map { $0.lowercased() }
        if full.count > 1, full.last == name?.lowercased() { prefixes += full.indices.dropLast().map { Array(full[$0...]) } }
        for prefix in prefixes where lowered.count > prefix.count && lowered.starts(with: prefix) {
            let column = columns.first { $0.name?.lowercased() == lowered[prefix.count] }
            if let column { return lowered.count > prefix.count + 1 ? column.origins.transformed : column.origins }
        }
        return nil
    }
}

/// What an expression may refer to.
struct LineageContext {
    /// From the outermost query to this one.
    var frames: [LineageFrame] = []
    /// The queries of `WITH`, by name in lower case.
    var commonTables: [String: LineageResult] = [:]

    func adding(_ frame: LineageFrame) -> LineageContext {
        var context = self
        context.frames.append(frame)
        return context
    }
}
