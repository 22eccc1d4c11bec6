import MartletCore

/// A combination of columns that must differ from row to row. Rows where one of them is missing are not compared.
///
/// Of equal rows that break no other rule, the first in the source's order is kept; the later ones are duplicates.
struct UniqueCheck {
    /// `columns: duplicate`, as the quarantine tells it.
    let reason: String
    /// The converted columns.
    let values: [String]

    /// All unique combinations of a contract: the primary key, unique columns, and its other keys.
    static func all(of contract: Contract, _ conversions: [ColumnConversion]) -> [UniqueCheck] {
        let values = Dictionary(uniqueKeysWithValues: conversions.map { ($0.property.name, $0.value) })
        func check(_ name: String, _ columns: [String]) -> UniqueCheck {
            UniqueCheck(reason: "\(name): duplicate", values: columns.compactMap { values[$0] })
        }
        let key = contract.primaryKey.isEmpty ? [] : [check("primary key", contract.primaryKey)]
        let columns = contract.properties.filter { $0.isUnique && contract.primaryKey != [$0.name] }.map {
            check($0.name, [$0.name])
        }
        let others = contract.uniqueKeys.filter { $0 != contract.primaryKey }.map {
            check($0.joined(separator: ", "), $0)
        }
        return key + columns + others
    }

    /// A query for the row numbers of the duplicates in a table of converted rows.
    func duplicates(in table: String) -> String {
        let columns = values.joined(separator: ", ")
        let present = values.map { "\($0) IS NOT NULL" }.joined(separator: " AND ")
        let equal = values.map { "row.\($0) = kept.\($0)" }.joined(separator: " AND ")
        return """
            SELECT row.n FROM \(table) AS row JOIN (
                SELECT \(columns), min(n) AS first FROM \(table) WHERE codes IS NULL AND \(present)
                GROUP BY \(columns) HAVING count(*) > 1
            ) AS kept ON \(equal) WHERE row.codes IS NULL AND row.n > kept.first
            """
    }
}
