import MartletCore

extension SQLColumnLineage {
    /// Functions whose arguments may be lambdas. Elsewhere `->` takes a value out of JSON.
    private static let lambdaFunctions: Set<String> = [
        "list_transform", "array_transform", "list_apply", "array_apply", "apply", "list_filter", "array_filter", "filter",
        "list_reduce", "array_reduce", "reduce",
    ]
    private static let rowMultiplyingFunctions: Set<String> = ["unnest", "unlist"]

    /// What the value of an expression comes from.
    mutating func origins(_ node: JSONValue, _ context: LineageContext) -> ColumnOrigins {
        switch node.expressionClass {
        case "CONSTANT", "PARAMETER", "TYPE", "DEFAULT": return ColumnOrigins()
        case "COLUMN_REF": return reference(node.texts("column_names"), context)
        case "POSITIONAL_REFERENCE": return reference(at: node, context)
        case "STAR": return star(node, context)
        case "SUBQUERY": return subqueryValue(node, context)
        case "CASE": return choice(node, context)
        case "WINDOW": return window(node, context)
        case "FUNCTION": return call(node, context)
        case "BETWEEN", "CAST", "COLLATE", "COMPARISON", "CONJUNCTION", "LAMBDA", "OPERATOR":
            return operands(node.subexpressions, context).transformed
        case let other:
            note("an expression of the kind \(other ?? "unknown")")
            return operands(node.subexpressions, context).transformed
        }
    }

    private mutating func operands(_ nodes: [JSONValue], _ context: LineageContext) -> ColumnOrigins {
        .union(nodes.map { origins($0, context) })
    }

    // MARK: Names

    private mutating func reference(_ names: [String], _ context: LineageContext) -> ColumnOrigins {
        for frame in context.frames.reversed() {
            if let found = frame.origins(of: names) { return found }
            if frame.mayHave(names) { break }
        }
        note("the column '\(names.joined(separator: "."))'")
        return ColumnOrigins()
    }

    /// `#2` is the second column of `FROM`.
    private mutating func reference(at node: JSONValue, _ context: LineageContext) -> ColumnOrigins {
        let columns = context.frames.last?.relations.flatMap(\.columns).filter { !$0.isMerged } ?? []
        let position = Int(node["index"]?.int ?? 0) - 1
        guard columns.indices.contains(position), context.frames.last?.relations.contains(where: \.isOpen) == false else {
            note("the column '#\(position + 1)'")
            return ColumnOrigins()
        }
        return columns[position].origins
    }

    private mutating func star(_ node: JSONValue, _ context: LineageContext) -> ColumnOrigins {
        if let star = context.frames.last?.star { return star }
        note("a '*' within an expression")
        return ColumnOrigins()
    }

    // MARK: Values

    private mutating func subqueryValue(_ node: JSONValue, _ context: LineageContext) -> ColumnOrigins {
        guard let query = node["subquery"]?["node"] else {
            note("a subquery without a query")
            return ColumnOrigins()
        }
        let result = result(of: query, context)
        if result.isOpen { note("a subquery whose columns are not known") }
        var value = result.dataset
        switch node.text("subquery_type") {
        case "EXISTS", "NOT_EXISTS": break
        case "SCALAR": value.formUnion(.union(result.columns.map(\.origins)))
        default: value.formUnion(.union(result.columns.map(\.origins)).transformed)
        }
        if let child = node["child"] { value.formUnion(origins(child, context).transformed) }
        return value
    }

    private mutating func choice(_ node: JSONValue, _ context: LineageContext) -> ColumnOrigins {
        var value = ColumnOrigins()
        for check in node.elements("case_checks") {
            if let condition = check["when_expr"] { value.formUnion(origins(condition, context).indirect(.conditional)) }
            if let result = check["then_expr"] { value.formUnion(origins(result, context).transformed) }
        }
        if let result = node["else_expr"] { value.formUnion(origins(result, context).transformed) }
        return value
    }

    private mutating func window(_ node: JSONValue, _ context: LineageContext) -> ColumnOrigins {
        let arguments = operands(Self.arguments(of: node), context)
        var value = aggregates.contains(node.text("function_name") ?? "") ? arguments.aggregated : arguments.transformed
        guard case .object(var members) = node else { return value }
        members["arguments"] = nil
        value.formUnion(operands(JSONValue.object(members).subexpressions, context).indirect(.window))
        return value
    }

    private mutating func call(_ node: JSONValue, _ context: LineageContext) -> ColumnOrigins {
        let name = node.text("function_name")?.lowercased() ?? ""
        let arguments = Self.arguments(of: node)
        var value: ColumnOrigins
        if aggregates.contains(name) {
            value = operands(arguments, context).aggregated
        } else if ["if", "ifelse"].contains(name), let condition = arguments.first {
            value = operands(Array(arguments.dropFirst()), context).transformed
            value.formUnion(origins(condition, context).indirect(.conditional))
        } else {
            value = ColumnOrigins.union(arguments.map { argument($0, of: name, context) }).transformed
        }
        if let filter = node["filter"] { value.formUnion(origins(filter, context).indirect(.filter)) }
        if let order = node["order_bys"] { value.formUnion(operands(order.subexpressions, context).indirect(.sort)) }
        return value
    }

    private mutating func argument(_ node: JSONValue, of function: String, _ context: LineageContext) -> ColumnOrigins {
        guard node.expressionClass == "LAMBDA", let body = node["expr"],
            Self.lambdaFunctions.contains(function) || node.text("syntax_type") == "LAMBDA_KEYWORD"
        else { return origins(node, context) }
        let star = context.frames.last?.star
        let parameters = Self.columnNames(in: node["lhs"] ?? .null)
        return origins(body, context.adding(LineageFrame(parameters: parameters, star: star)))
    }

    private static func columnNames(in node: JSONValue) -> Set<String> {
        let own = node.expressionClass == "COLUMN_REF" ? node.texts("column_names").last.map { [$0.lowercased()] } ?? [] : []
        return node.subexpressions.reduce(into: Set(own)) { $0.formUnion(columnNames(in: $1)) }
    }

    private static func arguments(of node: JSONValue) -> [JSONValue] {
        node.elements("arguments").compactMap { $0["expression"] }
    }

    // MARK: Kinds

    /// Whether an expression is of many rows: an aggregate that is no window.
    func isAggregate(_ node: JSONValue) -> Bool {
        node.contains {
            $0.expressionClass == "FUNCTION" && ($0.text("function_name").map(aggregates.contains) ?? false)
        }
    }

    /// Whether an expression makes several rows of one.
    func isRowMultiplying(_ node: JSONValue) -> Bool {
        node.contains {
            $0.expressionClass == "FUNCTION" && ($0.text("function_name").map(Self.rowMultiplyingFunctions.contains) ?? false)
        }
    }
}
