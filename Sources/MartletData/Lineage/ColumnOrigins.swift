import MartletCore

/// The columns of source tables that something comes from, each with what it is to it.
struct ColumnOrigins: Equatable {
    struct Name: Hashable {
        let table: String
        let column: String
    }

    private(set) var transformations: [Name: Set<ColumnTransformation>] = [:]

    init() {}

    /// The column itself.
    init(table: String, column: String) {
        transformations = [Name(table: table, column: column): [.identity]]
    }

    mutating func formUnion(_ other: ColumnOrigins) {
        transformations.merge(other.transformations) { $0.union($1) }
    }

    static func union(_ parts: some Sequence<ColumnOrigins>) -> ColumnOrigins {
        parts.reduce(into: ColumnOrigins()) { $0.formUnion($1) }
    }

    /// Those of a value that is computed of this one.
    var transformed: ColumnOrigins { mapping { $0 == .identity ? .transformation : $0 } }

    /// Those of a value that is computed of many rows' values.
    var aggregated: ColumnOrigins { mapping { $0.isDirect ? .aggregation : $0 } }

    /// Those of something that this value only decides over. What decided over the value itself stays what it is.
    func indirect(_ kind: ColumnTransformation) -> ColumnOrigins { mapping { $0.isDirect ? kind : $0 } }

    private func mapping(_ body: (ColumnTransformation) -> ColumnTransformation) -> ColumnOrigins {
        var result = ColumnOrigins()
        result.transformations = transformations.mapValues { Set($0.map(body)) }
        return result
    }

    /// In the order of tables and columns.
    var sources: [ColumnLineage.Source] {
        transformations.sorted { ($0.key.table, $0.key.column) < ($1.key.table, $1.key.column) }.map { name, kinds in
            ColumnLineage.Source(
                table: name.table, column: name.column, transformations: ColumnTransformation.allCases.filter(kinds.contains))
        }
    }
}
