import CEngines.LibPQ
import MartletCore

/// The row that a query stands on: in a result of libpq's, or kept aside.
final class PostgreSQLRow: SQLRow {
    private let functions: martlet_libpq
    /// A result with one row, which the row owns.
    private var result: OpaquePointer?
    private var types: [PostgreSQLType] = []
    private var kept = KeptRows()

    init(_ functions: martlet_libpq) { self.functions = functions }

    deinit { clear() }

    /// Stands on a result's row, whose owner it becomes. - Throws: `invalidInput` for a column of a type that is not read here.
    func stand(on result: OpaquePointer) throws {
        clear()
        self.result = result
        guard types.isEmpty else { return }
        types = try (0..<functions.PQnfields(result)).map { column in
            let number = functions.PQftype(result, column)
            if let type = PostgreSQLType(number) { return type }
            let name = functions.PQfname(result, column).map { String(cString: $0) } ?? "\(column)"
            throw MartletError(
                .invalidInput, "column '\(name)' has PostgreSQL's type \(number), which is not read here; cast it in the query")
        }
    }

    /// Keeps a result's row for later.
    func keep(_ result: OpaquePointer) {
        kept.append((0..<functions.PQnfields(result)).map { field(of: result, $0) })
    }

    /// Stands on the next row that was kept. - Returns: whether there was one.
    func standOnKept() -> Bool {
        clear()
        return kept.next()
    }

    private func clear() {
        if let result { functions.PQclear(result) }
        result = nil
    }

    private func field(of result: OpaquePointer, _ column: Int32) -> UnsafeRawBufferPointer? {
        guard functions.PQgetisnull(result, 0, column) == 0 else { return nil }
        return UnsafeRawBufferPointer(
            start: functions.PQgetvalue(result, 0, column), count: Int(functions.PQgetlength(result, 0, column)))
    }

    /// What a closure makes of a column; `nil` for null and where there is no such column.
    private func with<Value>(_ column: Int, _ body: (PostgreSQLField) -> Value) -> Value? {
        guard types.indices.contains(column) else { return nil }
        guard let result else { return kept.with(column) { body(PostgreSQLField(type: types[column], bytes: $0)) } }
        return field(of: result, Int32(truncatingIfNeeded: column)).map { body(PostgreSQLField(type: types[column], bytes: $0)) }
    }

    func isNull(_ column: Int) -> Bool { with(column) { _ in false } ?? true }

    func integer(_ column: Int) -> Int64 { with(column, \.integer) ?? 0 }

    func real(_ column: Int) -> Double { with(column, \.real) ?? 0 }

    func text(_ column: Int) -> String { with(column, \.text) ?? "" }

    func bytes(_ column: Int) -> [UInt8] { with(column) { Array($0.bytes) } ?? [] }
}

/// Rows that were copied, one behind the other: of each field its length, -1 for null, and its bytes.
private struct KeptRows {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    private var taken = 0
    private var start = 0

    mutating func append(_ fields: [UnsafeRawBufferPointer?]) {
        for field in fields {
            withUnsafeBytes(of: Int64(field?.count ?? -1)) { bytes.append(contentsOf: $0) }
            if let field { bytes.append(contentsOf: field) }
        }
        ends.append(bytes.count)
    }

    /// Goes to the next row; frees all behind the last.
    mutating func next() -> Bool {
        guard taken < ends.count else {
            self = KeptRows()
            return false
        }
        start = taken == 0 ? 0 : ends[taken - 1]
        taken += 1
        return true
    }

    func with<Value>(_ column: Int, _ body: (UnsafeRawBufferPointer) -> Value) -> Value? {
        bytes.withUnsafeBytes { bytes in
            var place = start
            for skipped in 0...column {
                let length = Int(bytes.loadUnaligned(fromByteOffset: place, as: Int64.self))
                place += 8
                if skipped == column { return length < 0 ? nil : body(UnsafeRawBufferPointer(rebasing: bytes[place..<place + length])) }
                place += max(0, length)
            }
            return nil
        }
    }
}
