package import MartletCore
package import MartletEngines

/// Where rows to be indexed come from.
package struct VectorTable {
    private let connection: DuckDBConnection
    /// What SQL reads: `read_parquet('…')`.
    private let source: String
    private let types: [String: String]

    /// - Parameter source: what SQL reads, such as `read_parquet('rows.parquet')`.
    /// - Throws: `engine` where DuckDB cannot read it.
    package init(_ source: String, _ connection: DuckDBConnection) throws {
        (self.connection, self.source) = (connection, source)
        types = Dictionary(
            try connection.describe("SELECT * FROM \(source)").map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
    }

    /// Reads the rows, in the table's order.
    /// - Parameter progress: told how many were read.
    /// - Throws: `notFound` for a column that is not there; `invalidInput` where it is of a type that does not serve.
    package func rows(
        id: String, vector: VectorColumns, metric: VectorMetric, progress: (Int) throws -> Void = { _ in }
    ) throws -> VectorRows {
        try checkID(id)
        for name in vector.names { _ = try type(of: name) }
        let dimension = try dimension(of: vector)
        guard (1...HNSWGraph.dimensionMax).contains(dimension) else {
            throw MartletError(
                .invalidInput, "the vectors: expected 1 to \(HNSWGraph.dimensionMax.grouped) numbers each, found \(dimension.grouped)")
        }
        var rows = VectorRows(metric: metric, dimension: dimension)
        var done = 0
        try connection.forEachChunk(query(id, vector, dimension)) { chunk in
            append(chunk, to: &rows)
            done += chunk.rowCount
            try progress(done)
        }
        return rows
    }

    private func append(_ chunk: Table, to rows: inout VectorRows) {
        // The columns are the id, the vector's length, and its elements.
        let lengths = chunk.columns[1].doubles
        let elements = chunk.columns.dropFirst(2).map(\.doubles)
        for row in 0..<chunk.rowCount {
            let id: String? = if case .text(let id) = chunk.columns[0][row] { id } else { nil }
            let vector = elements.map { $0[row] }
            // A list that is missing has no length, and its elements are missing.
            let isWhole = lengths[row].isNaN || Int(lengths[row]) == vector.count
            rows.append(id: id, vector: isWhole ? vector : [])
        }
    }

    private func query(_ id: String, _ vector: VectorColumns, _ dimension: Int) -> String {
        let elements: [String]
        let length: String
        switch vector {
        case .list(let name):
            let list = Self.list(name)
            length = "len(\(list))"
            elements = (1...dimension).map { "\(list)[\($0)]" }
        case .numbers(let names):
            length = "\(dimension)"
            elements = names.map { "TRY_CAST(\(DuckDBConnection.quoted(identifier: $0)) AS DOUBLE)" }
        }
        let columns = ["CAST(\(DuckDBConnection.quoted(identifier: id)) AS VARCHAR)", "CAST(\(length) AS DOUBLE)"] + elements
        let named = columns.enumerated().map { "\($1) AS c\($0)" }
        return "SELECT \(named.joined(separator: ", ")) FROM \(source)"
    }

    /// Of lists the length that most have.
    private func dimension(of vector: VectorColumns) throws -> Int {
        switch vector {
        case .numbers(let names): return names.count
        case .list(let name):
            let length = try connection.query("SELECT CAST(mode(len(\(Self.list(name)))) AS DOUBLE) AS n FROM \(source)").columns[0][0]
                .double
            guard !length.isNaN else {
                throw MartletError(
                    .invalidInput,
                    "column '\(name)': expected lists of numbers, found \(try type(of: name)) without any; name such a column")
            }
            return Int(length)
        }
    }

    private static func list(_ name: String) -> String { "TRY_CAST(\(DuckDBConnection.quoted(identifier: name)) AS DOUBLE[])" }

    private func checkID(_ name: String) throws {
        let type = try type(of: name)
        let allowed = ["VARCHAR", "UUID", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"]
        guard allowed.contains(type.hasPrefix("U") && type != "UUID" ? String(type.dropFirst()) : type) else {
            throw MartletError(
                .invalidInput, "column '\(name)': expected texts or whole numbers as ids, found \(type); cast it, or name another")
        }
    }

    private func type(of name: String) throws -> String {
        if let type = types[name] { return type }
        let hint =
            nearest(to: name, among: types.keys).map { "did you mean '\($0)'?" } ?? "it has \(types.keys.sorted().joined(separator: ", "))"
        throw MartletError(.notFound, "the table has no column '\(name)'; \(hint)")
    }
}
