import MartletCore
import MartletEngines

extension SQLColumnLineage {
    /// The columns that an item of a select list gives: one, or as many as its star stands for.
    mutating func expanded(_ item: JSONValue, _ context: LineageContext, _ result: inout LineageResult) -> [LineageColumn] {
        if item.expressionClass == "STAR" { return columns(of: item, context, &result) }
        guard let star = Self.columnsCall(in: item) else {
            let bare = item.expressionClass == "COLUMN_REF" ? item.texts("column_names").last : nil
            return [LineageColumn(name: item.text("alias") ?? bare, origins: origins(item, context))]
        }
        return columns(of: star, context, &result).map { column in
            var inner = context
            inner.frames[inner.frames.count - 1].star = column.origins
            return LineageColumn(name: item.text("alias"), origins: origins(item, inner))
        }
    }

    /// The `COLUMNS(…)` within an expression.
    private static func columnsCall(in node: JSONValue) -> JSONValue? {
        if node.expressionClass == "STAR" { return node }
        return node.subexpressions.lazy.compactMap { columnsCall(in: $0) }.first
    }

    private mutating func columns(of star: JSONValue, _ context: LineageContext, _ result: inout LineageResult) -> [LineageColumn] {
        let all = context.frames.last?.relations ?? []
        let relations = star.text("relation_name").map { name in all.filter { $0.isNamed(name) } } ?? all
        if relations.isEmpty { note("'\(star.text("relation_name").map { "\($0)." } ?? "")*': there is no such table") }
        if relations.contains(where: \.isOpen) {
            note("'*' of a table whose columns are not known")
            result.isOpen = true
        }
        let isQualified = star.text("relation_name") != nil
        var columns = relations.flatMap { relation in
            relation.columns.filter { (isQualified || !$0.isMerged) && !Self.isExcluded($0, of: relation, by: star) }
        }
        if let pattern = star["expr"] { columns = columns.filter { matches($0.name, pattern) } }
        for replacement in star.elements("replace_list") { replace(replacement, &columns, context) }
        for rename in star.elements("rename_list") {
            for position in columns.indices where Self.isEqual(columns[position].name, rename["key"]?.text("column")) {
                columns[position].name = rename.text("value")
            }
        }
        return columns.map { LineageColumn(name: $0.name, origins: $0.origins) }
    }

    private static func isExcluded(_ column: LineageColumn, of relation: LineageRelation, by star: JSONValue) -> Bool {
        if star.texts("exclude_list").contains(where: { isEqual($0, column.name) }) { return true }
        return star.elements("qualified_exclude_list").contains {
            isEqual($0.text("column"), column.name) && ($0.text("table").map(relation.isNamed) ?? true)
        }
    }

    private mutating func replace(_ replacement: JSONValue, _ columns: inout [LineageColumn], _ context: LineageContext) {
        guard let name = replacement.text("key"), let expression = replacement["value"] else { return }
        for position in columns.indices where Self.isEqual(columns[position].name, name) {
            columns[position].origins = origins(expression, context)
        }
    }

    private static func isEqual(_ left: String?, _ right: String?) -> Bool {
        left != nil && left?.lowercased() == right?.lowercased()
    }

    /// Whether `COLUMNS('…')` or `COLUMNS(['…', '…'])` takes a column. DuckDB is asked, as its regular expressions are its own.
    private mutating func matches(_ name: String?, _ pattern: JSONValue) -> Bool {
        if pattern.text("function_name") == "list_value" {
            let listed = pattern.elements("arguments").map { $0["expression"].flatMap(Self.constant) }
            if listed.allSatisfy({ $0 != nil }) { return listed.contains { Self.isEqual($0, name) } }
        }
        guard let name, let text = Self.constant(pattern) else {
            note("which columns a COLUMNS(…) takes")
            return false
        }
        do {
            return try connection.query("SELECT regexp_matches(?, ?) AS m", [.text(name), .text(text)])["m"]?[0] == .boolean(true)
        } catch {
            note("COLUMNS('\(text)'): \(error)")
            return false
        }
    }

    private static func constant(_ node: JSONValue) -> String? {
        guard let literal = node["literal"], literal.text("kind") == "STRING" else { return nil }
        return literal.text("text")
    }
}
