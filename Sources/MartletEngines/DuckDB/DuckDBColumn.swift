import CEngines.DuckDB

/// A column of a result, as DuckDB has it.
struct DuckDBColumn {
    let name: String
    let type: martlet_duckdb_type

    /// Whether the type is known; before a statement runs, a parameter may keep it open.
    var isKnown: Bool { type != MARTLET_DUCKDB_TYPE_INVALID }

    /// Whether values of this type are read as they lie in memory.
    var isReadable: Bool { DuckDBColumnBuffer.Kind(type) != nil }

    /// The readable type to cast to.
    var castTarget: String {
        switch type {
        case MARTLET_DUCKDB_TYPE_UBIGINT, MARTLET_DUCKDB_TYPE_HUGEINT, MARTLET_DUCKDB_TYPE_UHUGEINT,
            MARTLET_DUCKDB_TYPE_BIGNUM, MARTLET_DUCKDB_TYPE_DECIMAL:
            "DOUBLE"
        default: "VARCHAR"
        }
    }
}
