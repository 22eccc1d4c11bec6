import MartletCore

extension Contract {
    /// Reads a contract from YAML text of the Open Data Contract Standard 3.
    ///
    /// - Parameters:
    ///   - file: the file as messages name it.
    ///   - text: its content.
    ///   - table: which of its tables; `nil` where it has one.
    /// - Throws: `SpecificationError` with every fault, its line and column.
    package static func parse(file: String, text: String, table: String? = nil) throws -> Contract {
        let specification = try SpecificationFile(name: file, text: text)
        let contract = ContractParser(table: table).contract(specification.root)
        try specification.finish()
        guard let contract else {
            throw MartletError(
                .specificationBroken, "\(file): expected a contract of the Open Data Contract Standard 3.1")
        }
        return contract
    }
}

/// Reads one contract; faults go to the specification file.
///
/// Notes what is accepted and not enforced as it goes, so a value of it reads one file.
final class ContractParser {
    /// Which table is asked for; `nil` where there is one.
    let tableName: String?
    /// The names of all tables, which service levels may be about.
    var tableNames: [String] = []
    var unenforced: [String] = []

    init(table: String?) { tableName = table }

    private static let requiredKeys = ["apiVersion", "kind", "id", "version", "status", "schema"]
    private static let shapes: [String: StandardShape] = [
        "name": .text, "tenant": .text, "dataProduct": .text, "domain": .text, "contractCreatedTs": .text,
        "slaDefaultElement": .text, "tags": .tags, "description": .description, "support": .support, "price": .price,
        "roles": .roles, "servers": .servers, "team": .team, "authoritativeDefinitions": .authoritativeDefinitions,
        "customProperties": .customProperties,
    ]

    func contract(_ root: SpecificationNode) -> Contract? {
        let optional = Self.shapes.keys.sorted() + ["slaProperties"]
        guard let keys = root.object(required: Self.requiredKeys, optional: optional) else { return nil }
        checkVersion(keys)
        keys.check(Self.shapes)
        let limit = quarantineLimit(keys)
        guard let id = keys["id"]?.string, let version = keys["version"]?.string, let status = keys["status"]?.string,
            let schema = keys["schema"], let table = table(schema)
        else { return nil }
        return Contract(
            id: id, version: version, status: status, table: table.name, owner: owner(keys),
            properties: table.properties,
            primaryKey: table.primaryKey, uniqueKeys: table.uniqueKeys, rules: table.rules,
            freshness: freshness(keys, table: table), quarantineLimit: limit ?? 0, unenforced: unenforced
        )
    }

    private func checkVersion(_ keys: SpecificationObject) {
        _ = keys["kind"]?.choice(["DataContract"])
        _ = keys["apiVersion"]?.choice(["v3.1.0", "v3.0.2", "v3.0.1", "v3.0.0"])
    }

    private func owner(_ keys: SpecificationObject) -> String? {
        guard let team = keys.given("team")?.json else { return nil }
        let members = team.array ?? team["members"]?.array
        return team["name"]?.string ?? members?.first?["username"]?.string
    }

    /// The custom property `quarantineLimit`, a share from 0 to 1.
    private func quarantineLimit(_ keys: SpecificationObject) -> Double? {
        guard let list = keys.given("customProperties"), list.isList else { return nil }
        var limit: Double?
        for item in list.items where item.isMapping && item.json["property"] == "quarantineLimit" {
            guard let node = item.members.first(where: { $0.key == "value" })?.value, let value = node.fraction else {
                continue
            }
            if limit != nil { node.report("quarantineLimit is given twice; remove one") }
            if !(0...1).contains(value) {
                node.report("expected a share from 0% to 100%, found \(plain(value * 100))%")
            }
            limit = value
        }
        return limit
    }

    // MARK: Service levels

    private static let serviceLevelShapes: [String: StandardShape] = [
        "id": .text, "valueExt": .any, "driver": .text, "description": .text, "scheduler": .text, "schedule": .text,
    ]

    private func freshness(_ keys: SpecificationObject, table: TableParts) -> [Freshness] {
        guard let list = keys.given("slaProperties"), list.requireList() else { return [] }
        return list.items.flatMap { freshness($0, table: table) }
    }

    private func freshness(_ node: SpecificationNode, table: TableParts) -> [Freshness] {
        let optional = Self.serviceLevelShapes.keys.sorted() + ["unit", "element"]
        guard let keys = node.object(required: ["property", "value"], optional: optional) else { return [] }
        keys.check(Self.serviceLevelShapes)
        guard let property = keys["property"]?.string else { return [] }
        guard ["latency", "ly", "freshness"].contains(property) else {
            unenforced.append("service level '\(property)'")
            return []
        }
        guard let value = keys["value"]?.double else { return [] }
        if value <= 0 { keys["value"]?.report("expected an age above 0, found \(plain(value))") }
        guard let unit = keys.given("unit")?.choice(Freshness.secondsPerUnit.keys.sorted()),
            let element = keys.given("element")
        else {
            if keys.given("unit") == nil { node.report("the key 'unit' is missing; add it, for example 'unit: d'") }
            if keys.given("element") == nil {
                node.report("the key 'element' is missing; add it, for example 'element: \(table.name).loaded_at'")
            }
            return []
        }
        let seconds = value * (Freshness.secondsPerUnit[unit] ?? 1)
        return columns(element, of: table).map { Freshness(column: $0, ageMaxSeconds: seconds) }
    }

    /// The columns that an element path names: `table.column` or `column`, divided by commas.
    private func columns(_ element: SpecificationNode, of table: TableParts) -> [String] {
        guard let text = element.string else { return [] }
        return text.split(separator: ",").compactMap { part in
            let trimmed = String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            let isForeign = tableNames.contains { $0 != table.name && trimmed.hasPrefix("\($0).") }
            if isForeign { return nil }
            let prefix = "\(table.name)."
            let name = trimmed.hasPrefix(prefix) ? String(trimmed.dropFirst(prefix.count)) : trimmed
            guard let property = table.properties.first(where: { $0.name == name }) else {
                let hint =
                    nearest(to: name, among: table.properties.map(\.name)).map { "; did you mean '\($0)'?" } ?? ""
                element.report("expected a column of '\(table.name)', found '\(trimmed)'\(hint)")
                return nil
            }
            guard property.type == .date || property.type == .timestamp else {
                element.report("expected a date or timestamp column, found '\(name)' of type \(property.type.rawValue)")
                return nil
            }
            return name
        }
    }
}
