import MartletCore

/// What the standard's `schema` element gives.
struct TableParts {
    let name: String
    let properties: [Contract.Property]
    let primaryKey: [String]
    let uniqueKeys: [[String]]
    let rules: [QualityRule]
}

extension ContractParser {
    private static let tableShapes: [String: StandardShape] = StandardShape.annotations.merging([
        "id": .text, "businessName": .text, "physicalType": .text, "physicalName": .text, "description": .text,
        "dataGranularityDescription": .text, "relationships": .relationships,
    ]) { $1 }

    /// Names that a snapshot's own columns have.
    static let reservedNames = ["_row", "_reason"]

    func table(_ schema: SpecificationNode) -> TableParts? {
        guard schema.requireList(), let node = chosenTable(schema) else { return nil }
        let optional = Self.tableShapes.keys.sorted() + ["logicalType", "quality"]
        guard let keys = node.object(required: ["name", "properties"], optional: optional) else { return nil }
        keys.check(Self.tableShapes)
        _ = keys.given("logicalType")?.choice(["object"])
        guard let name = keys["name"]?.string, let list = keys["properties"], list.requireList() else { return nil }
        if list.items.isEmpty { list.report("expected at least one property, found none; add the table's columns") }
        return parts(name, list.items, quality: keys.given("quality"))
    }

    private func chosenTable(_ schema: SpecificationNode) -> SpecificationNode? {
        let items = schema.items
        tableNames = items.compactMap { $0.json["name"]?.string }
        let shown = tableNames.isEmpty ? "none" : tableNames.joined(separator: ", ")
        guard let tableName else {
            guard items.count == 1, let item = items.first else {
                schema.report("expected one table, found \(items.count): \(shown); name the one that is meant")
                return nil
            }
            return item
        }
        guard let item = items.first(where: { $0.json["name"]?.string == tableName }) else {
            let hint = nearest(to: tableName, among: tableNames).map { "; did you mean '\($0)'?" } ?? ""
            schema.report("expected the table '\(tableName)', found \(shown)\(hint)")
            return nil
        }
        return item
    }

    private func parts(_ name: String, _ items: [SpecificationNode], quality: SpecificationNode?) -> TableParts {
        let parsed = items.compactMap(property)
        checkNames(parsed)
        let names = parsed.map(\.property.name)
        let table = rules(quality, of: .table(name, columns: names))
        return TableParts(
            name: name,
            properties: parsed.map(\.property),
            primaryKey: primaryKey(parsed),
            uniqueKeys: table.uniqueKeys,
            rules: table.rules + parsed.flatMap(\.rules)
        )
    }

    /// Column names differ whatever their case, as they do in SQL.
    private func checkNames(_ parsed: [ParsedProperty]) {
        var seen: [String: String] = [:]
        var sources: [String: String] = [:]
        for (property, node) in parsed.map({ ($0.property, $0.node) }) {
            if Self.reservedNames.contains(property.name.lowercased()) {
                node.report("the name '\(property.name)' is Martlet's own; rename the column")
            }
            if let other = seen.updateValue(property.name, forKey: property.name.lowercased()) {
                node.report("the column '\(property.name)' is there already as '\(other)'; remove or rename one")
            } else if let other = sources.updateValue(property.name, forKey: property.sourceName) {
                node.report(
                    "the column '\(property.name)' reads '\(property.sourceName)' as '\(other)' does; remove one")
            }
        }
    }

    private func primaryKey(_ parsed: [ParsedProperty]) -> [String] {
        let members = parsed.filter(\.isPrimaryKey)
        var positions: [Int: String] = [:]
        for member in members {
            guard let position = member.primaryKeyPosition else { continue }
            if let other = positions.updateValue(member.property.name, forKey: position) {
                member.node.report("primaryKeyPosition \(position) is also that of '\(other)'; number the key from 1")
            }
        }
        let ordered = members.enumerated().sorted { left, right in
            (left.element.primaryKeyPosition ?? .max, left.offset) < (
                right.element.primaryKeyPosition ?? .max, right.offset
            )
        }
        return ordered.map(\.element.property.name)
    }
}
