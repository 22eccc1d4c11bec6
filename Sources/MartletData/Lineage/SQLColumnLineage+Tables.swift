import MartletCore

/// What a `FROM` gives: its relations, and what decides over its rows.
struct LineageSource {
    var relations: [LineageRelation] = []
    var dataset = ColumnOrigins()
}

extension SQLColumnLineage {
    mutating func source(_ node: JSONValue, _ context: LineageContext) -> LineageSource {
        switch node.text("type") {
        case "EMPTY", "EMPTY_FROM": return LineageSource()
        case "BASE_TABLE": return table(node, context)
        case "SUBQUERY": return subquery(node, context)
        case "JOIN": return join(node, context)
        case "EXPRESSION_LIST": return values(node, context)
        case "TABLE_FUNCTION": return function(node, context)
        case let other:
            note("\(other ?? "something") in FROM: its columns are not followed")
            return LineageSource(relations: [LineageRelation(name: node.text("alias"), columns: [], isOpen: true)])
        }
    }

    private mutating func table(_ node: JSONValue, _ context: LineageContext) -> LineageSource {
        let path = node["qualified_name"]?.texts("path") ?? [node.text("table_name")].compactMap(\.self)
        let name = path.last ?? ""
        let aliases = node.texts("column_name_alias")
        if path.count == 1, let common = context.commonTables[name.lowercased()] {
            return relation(common.renamed(aliases), named: node.text("alias") ?? name)
        }
        let known = path.indices.compactMap { tables[path[$0...].joined(separator: ".").lowercased()] }.first
        guard let known else {
            note("the table '\(path.joined(separator: "."))' is not among those that are given")
            return LineageSource(relations: [LineageRelation(name: node.text("alias") ?? name, path: path, columns: [], isOpen: true)])
        }
        let columns = known.columns.map { LineageColumn(name: $0.name, origins: ColumnOrigins(table: known.name, column: $0.name)) }
        return relation(LineageResult(columns: columns).renamed(aliases), named: node.text("alias") ?? name, path: path)
    }

    private func relation(_ result: LineageResult, named name: String?, path: [String] = []) -> LineageSource {
        let relation = LineageRelation(name: name, path: path, columns: result.columns, isOpen: result.isOpen)
        return LineageSource(relations: [relation], dataset: result.dataset)
    }

    private mutating func subquery(_ node: JSONValue, _ context: LineageContext) -> LineageSource {
        guard let query = node["subquery"]?["node"] else {
            note("a subquery without a query")
            return LineageSource()
        }
        return relation(result(of: query, context).renamed(node.texts("column_name_alias")), named: node.text("alias"))
    }

    private mutating func values(_ node: JSONValue, _ context: LineageContext) -> LineageSource {
        var columns: [LineageColumn] = []
        for row in node.elements("values") {
            for (position, value) in (row.array ?? []).enumerated() {
                if position == columns.count { columns.append(LineageColumn(name: "col\(position)", origins: ColumnOrigins())) }
                columns[position].origins.formUnion(origins(value, context))
            }
        }
        return relation(LineageResult(columns: columns).renamed(node.texts("column_name_alias")), named: node.text("alias"))
    }

    /// `unnest` and `range` make rows of their arguments; what other functions read is not known.
    private mutating func function(_ node: JSONValue, _ context: LineageContext) -> LineageSource {
        let call = node["function"]
        let name = call?.text("function_name")?.lowercased() ?? ""
        guard ["unnest", "range", "generate_series"].contains(name) else {
            note("the table function '\(name)': what it reads is not followed")
            return LineageSource(relations: [LineageRelation(name: node.text("alias") ?? name, columns: [], isOpen: true)])
        }
        let arguments = (call?.elements("arguments") ?? []).compactMap { $0["expression"] }.map { origins($0, context).transformed }
        let columns =
            name == "unnest"
            ? arguments.map { LineageColumn(name: name, origins: $0) } : [LineageColumn(name: name, origins: .union(arguments))]
        var made = relation(LineageResult(columns: columns).renamed(node.texts("column_name_alias")), named: node.text("alias") ?? name)
        made.dataset.formUnion(.union(arguments).indirect(.join))
        return made
    }

    // MARK: Joins

    private mutating func join(_ node: JSONValue, _ context: LineageContext) -> LineageSource {
        guard let leftNode = node["left"], let rightNode = node["right"] else {
            note("a join with one side")
            return LineageSource()
        }
        var left = source(leftNode, context)
        // The right side may be lateral: it sees what stands before it.
        var right = source(rightNode, context.adding(LineageFrame(relations: left.relations)))
        let kind = node.text("join_type") ?? ""
        var dataset = ColumnOrigins.union([left.dataset, right.dataset])
        if let condition = node["condition"] {
            let both = LineageFrame(relations: left.relations + right.relations)
            dataset.formUnion(origins(condition, context.adding(both)).indirect(.join))
        }
        for name in mergedNames(node, left, right) { dataset.formUnion(merge(name, &left, &right, kind)) }
        let isOneSided = ["SEMI", "ANTI"].contains(kind)
        return LineageSource(relations: left.relations + (isOneSided ? [] : right.relations), dataset: dataset)
    }

    /// The columns of `USING`, or those that both sides of a `NATURAL` join have.
    private mutating func mergedNames(_ node: JSONValue, _ left: LineageSource, _ right: LineageSource) -> [String] {
        guard node.text("ref_type") == "NATURAL" else { return node.texts("using_columns") }
        if (left.relations + right.relations).contains(where: \.isOpen) {
            note("a NATURAL JOIN with a table whose columns are not known")
        }
        let names = left.relations.flatMap(\.columns).filter { !$0.isMerged }.compactMap(\.name)
        return names.filter { name in right.relations.contains { $0.bare(name) != nil } }
    }

    /// Lets one column stand for both sides'. - Returns: what the join depends on.
    private mutating func merge(
        _ name: String, _ left: inout LineageSource, _ right: inout LineageSource, _ kind: String
    ) -> ColumnOrigins {
        guard let (leftTable, leftColumn) = Self.position(of: name, left), let (rightTable, rightColumn) = Self.position(of: name, right)
        else {
            note("the column '\(name)' of USING")
            return ColumnOrigins()
        }
        let first = left.relations[leftTable].columns[leftColumn].origins
        let second = right.relations[rightTable].columns[rightColumn].origins
        switch kind {
        case "RIGHT": left.relations[leftTable].columns[leftColumn].origins = second
        case "OUTER", "FULL": left.relations[leftTable].columns[leftColumn].origins = .union([first.transformed, second.transformed])
        default: break
        }
        right.relations[rightTable].columns[rightColumn].isMerged = true
        return .union([first, second]).indirect(.join)
    }

    private static func position(of name: String, _ source: LineageSource) -> (table: Int, column: Int)? {
        for (table, relation) in source.relations.enumerated() {
            let column = relation.columns.firstIndex { !$0.isMerged && $0.name?.lowercased() == name.lowercased() }
            if let column { return (table, column) }
        }
        return nil
    }
}
