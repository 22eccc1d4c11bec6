import MartletCore

extension SQLColumnLineage {
    /// How often a recursive query is gone through, at most: each time adds a column's origins or is the last.
    private static let recursionCountMax = 1_000

    /// What a query node gives.
    mutating func result(of node: JSONValue, _ outer: LineageContext) -> LineageResult {
        let context = withCommonTables(of: node, outer)
        var result: LineageResult
        switch node.text("type") {
        case "SELECT_NODE": return select(node, context)
        case "SET_OPERATION_NODE": result = setOperation(node, context)
        case "RECURSIVE_CTE_NODE": result = recursion(node, context)
        case let other:
            note("a query of the kind \(other ?? "unknown")")
            result = LineageResult(isOpen: true)
        }
        let aliases = LineageFrame(relations: [LineageRelation(name: nil, columns: result.columns, isOpen: result.isOpen)])
        result.dataset.formUnion(modifiers(of: node, result.columns, context.adding(aliases)))
        return result
    }

    private mutating func withCommonTables(of node: JSONValue, _ outer: LineageContext) -> LineageContext {
        var context = outer
        for entry in node["cte_map"]?.elements("map") ?? [] {
            guard let name = entry.text("key"), let value = entry["value"] else { continue }
            guard let query = value["query_node"] ?? value["query"]?["node"] else {
                note("the query '\(name)' of WITH")
                continue
            }
            context.commonTables[name.lowercased()] = result(of: query, context).renamed(value.texts("aliases"))
        }
        return context
    }

    // MARK: SELECT

    private mutating func select(_ node: JSONValue, _ context: LineageContext) -> LineageResult {
        let from = node["from_table"].map { source($0, context) } ?? LineageSource()
        var result = LineageResult(dataset: from.dataset)
        var inner = context.adding(LineageFrame(relations: from.relations))
        let top = inner.frames.count - 1
        let items = node.elements("select_list")
        for item in items {
            let columns = expanded(item, inner, &result)
            result.columns += columns
            if isRowMultiplying(item) { result.dataset.formUnion(.union(columns.map(\.origins)).indirect(.join)) }
            if let alias = item.text("alias"), let column = columns.first, inner.frames[top].aliases[alias.lowercased()] == nil {
                inner.frames[top].aliases[alias.lowercased()] = column.origins
            }
        }
        result.dataset.formUnion(rows(of: node, items, result.columns, inner))
        result.dataset.formUnion(modifiers(of: node, result.columns, inner))
        return result
    }

    /// What `WHERE`, `GROUP BY`, `HAVING` and `QUALIFY` say about the rows.
    private mutating func rows(
        of node: JSONValue, _ items: [JSONValue], _ columns: [LineageColumn], _ context: LineageContext
    ) -> ColumnOrigins {
        var dataset = ColumnOrigins()
        for key in ["where_clause", "qualify"] {
            if let condition = node[key] { dataset.formUnion(origins(condition, context).indirect(.filter)) }
        }
        if let condition = node["having"] {
            var either = context
            either.frames[either.frames.count - 1].precedence = .either
            dataset.formUnion(origins(condition, either).indirect(.filter))
        }
        for group in node.elements("group_expressions") {
            dataset.formUnion(column(at: group, columns, context).indirect(.groupBy))
        }
        if node.text("aggregate_handling") == "FORCE_AGGREGATES" {
            for item in items where !isAggregate(item) {
                var ignored = LineageResult()
                dataset.formUnion(.union(expanded(item, context, &ignored).map(\.origins)).indirect(.groupBy))
            }
        }
        return dataset
    }

    /// What `ORDER BY`, `LIMIT` and `DISTINCT` say about the rows.
    private mutating func modifiers(of node: JSONValue, _ columns: [LineageColumn], _ context: LineageContext) -> ColumnOrigins {
        var dataset = ColumnOrigins()
        for modifier in node.elements("modifiers") {
            switch modifier.text("type") {
            case "ORDER_MODIFIER":
                for order in modifier.elements("orders").compactMap({ $0["expression"] }) {
                    dataset.formUnion(orderKey(order, columns, context).indirect(.sort))
                }
            case "DISTINCT_MODIFIER":
                let targets = modifier.elements("distinct_on_targets")
                let kept = targets.isEmpty ? columns.map(\.origins) : targets.map { orderKey($0, columns, context) }
                dataset.formUnion(.union(kept).indirect(.groupBy))
            default:
                dataset.formUnion(.union(modifier.subexpressions.map { origins($0, context) }).indirect(.filter))
            }
        }
        return dataset
    }

    /// What is ordered by: a name alone is an alias first, one within an expression is a column first.
    private mutating func orderKey(_ node: JSONValue, _ columns: [LineageColumn], _ context: LineageContext) -> ColumnOrigins {
        var inner = context
        if node.expressionClass == "COLUMN_REF" { inner.frames[inner.frames.count - 1].precedence = .alias }
        return column(at: node, columns, inner)
    }

    /// An expression of `ORDER BY` or `GROUP BY`, where a number is a column of the result, and `ALL` is all of them.
    private mutating func column(at node: JSONValue, _ columns: [LineageColumn], _ context: LineageContext) -> ColumnOrigins {
        if let position = node.positionFromOne, columns.indices.contains(position) { return columns[position].origins }
        if node.expressionClass == "STAR" { return .union(columns.map(\.origins)) }
        return origins(node, context)
    }

    // MARK: Several queries

    private mutating func setOperation(_ node: JSONValue, _ context: LineageContext) -> LineageResult {
        let children = node.elements("children")
        let parts = (children.isEmpty ? [node["left"], node["right"]].compactMap(\.self) : children)
            .map { result(of: $0, context) }
        guard var combined = parts.first else { return LineageResult(isOpen: true) }
        let operation = node.text("setop_type") ?? ""
        for part in parts.dropFirst() {
            combined.dataset.formUnion(part.dataset)
            combined.isOpen = combined.isOpen || part.isOpen
            switch operation {
            case "UNION": combined.columns = Self.byPosition(combined.columns, part.columns)
            case "UNION_BY_NAME": combined.columns = Self.byName(combined.columns, part.columns)
            default: combined.dataset.formUnion(.union(part.columns.map(\.origins)).indirect(.filter))
            }
        }
        if node["setop_all"] != .boolean(true) || !operation.hasPrefix("UNION") {
            combined.dataset.formUnion(.union(combined.columns.map(\.origins)).indirect(.groupBy))
        }
        return combined
    }

    private mutating func recursion(_ node: JSONValue, _ context: LineageContext) -> LineageResult {
        guard let left = node["left"], let right = node["right"], let name = node.text("cte_name") else {
            note("a recursive query without a start")
            return LineageResult(isOpen: true)
        }
        var inner = context
        var combined = result(of: left, context)
        for _ in 0..<Self.recursionCountMax {
            inner.commonTables[name.lowercased()] = combined.renamed(node.texts("aliases"))
            let step = result(of: right, inner)
            var next = combined
            next.columns = Self.byPosition(next.columns, step.columns)
            next.dataset.formUnion(step.dataset)
            if !node.flag("union_all") { next.dataset.formUnion(.union(next.columns.map(\.origins)).indirect(.groupBy)) }
            if next == combined { break }
            combined = next
        }
        return combined
    }

    private static func byPosition(_ left: [LineageColumn], _ right: [LineageColumn]) -> [LineageColumn] {
        zip(left, right).map { LineageColumn(name: $0.name, origins: .union([$0.origins, $1.origins])) }
    }

    private static func byName(_ left: [LineageColumn], _ right: [LineageColumn]) -> [LineageColumn] {
        right.reduce(into: left) { columns, column in
            if let position = columns.firstIndex(where: { $0.name?.lowercased() == column.name?.lowercased() }) {
                columns[position].origins.formUnion(column.origins)
            } else {
                columns.append(column)
            }
        }
    }
}
