package import Foundation
package import MartletCore

/// A view's history on disk, looked up by entity and time in microseconds and read through the page cache, so that a
/// server that starts pays for the pages it touches.
///
/// Layout (little endian): `MRTLTBL1`, header length (8 bytes), header JSON padded with spaces to 8 bytes, then key offsets
/// `UInt64[entities + 1]`, row starts `UInt64[entities + 1]`, known times `Int64[rows]`, values `Double[rows × columns]`,
/// key bytes. Keys are sorted by their bytes.
package struct OnlineTable: Sendable {
    private static let magic = Array("MRTLTBL1".utf8)

    private struct Header: Codable {
        var columns: [String]
        var entities: Int
        var rows: Int
        var keyBytes: Int
    }

    /// The names of the values, in order.
    package let columns: [String]
    private let header: Header
    private let data: Data
    private let base: Int

    /// How many entities there are.
    package var entityCount: Int { header.entities }

    // MARK: Writing

    /// The bytes of a table. `history` holds the entity's columns, `__known`, and the features, sorted by entity and time.
    package static func encode(history: Table, entity: [String], features: [String]) throws -> Data {
        let known = try history.column("__known").integers()
        let keyColumns = try entity.map { try history.column($0) }
        let values = try features.map { try history.column($0).doubles }
        var groups: [[UInt8]: [Int]] = [:]
        for row in 0..<history.rowCount { groups[key(keyColumns.map { $0[row] }), default: []].append(row) }
        let sorted = groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }

        let keyBytes = sorted.reduce(0) { $0 + $1.key.count }
        let header = Header(columns: features, entities: sorted.count, rows: history.rowCount, keyBytes: keyBytes)
        var headerBytes = Array(try JSONValue(encoding: header).canonicalText.utf8)
        headerBytes += [UInt8](repeating: 0x20, count: (8 - headerBytes.count % 8) % 8)

        var data = Data(magic)
        append(UInt64(headerBytes.count), to: &data)
        data += headerBytes
        offsets(of: sorted.map(\.key.count)).forEach { append($0, to: &data) }
        offsets(of: sorted.map(\.value.count)).forEach { append($0, to: &data) }
        let rows = sorted.flatMap { $0.value.sorted { known[$0] < known[$1] } }
        rows.forEach { append(UInt64(bitPattern: known[$0]), to: &data) }
        for row in rows { values.forEach { append($0[row].bitPattern, to: &data) } }
        for (key, _) in sorted { data += key }
        return data
    }

    private static func append(_ value: UInt64, to data: inout Data) {
        withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
    }

    private static func offsets(of counts: [Int]) -> [UInt64] {
        counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + UInt64($1)) }
    }

    /// The key of an entity: its values as canonical JSON, whole numbers written as integers.
    private static func key(_ values: [Value]) -> [UInt8] {
        let parts = values.map { value -> JSONValue in
            if case .real(let number) = value, let whole = Int64(exactly: number) { return .integer(whole) }
            return value.json
        }
        return Array(JSONValue.array(parts).canonicalText.utf8)
    }

    // MARK: Reading

    /// Opens a table. - Throws: `corrupt` where the bytes are none.
    package init(path: String) throws {
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        } catch {
            throw MartletError(.storage, "cannot read the online features '\(path)'", cause: error)
        }
        let broken = MartletError(.corrupt, "'\(path)' is no table of online features; run 'martlet run' to make it again")
        guard data.count >= 16, Array(data.prefix(8)) == Self.magic else { throw broken }
        let length = data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self) }
        guard length <= UInt64(data.count - 16) else { throw broken }
        base = 16 + Int(length)
        do {
            header = try JSONValue(parsing: data[16..<base], as: "the header").decoded(as: Header.self)
        } catch {
            throw broken
        }
        columns = header.columns
        // No part is longer than the whole, so that a foreign header cannot overflow the sum below.
        let product = header.rows.multipliedReportingOverflow(by: 1 + columns.count)
        let parts = [header.entities, header.rows, header.keyBytes, product.overflow ? -1 : product.partialValue]
        guard parts.allSatisfy({ (0...data.count).contains($0) }) else { throw broken }
        let words = 2 * (header.entities + 1) + parts[3]
        guard data.count == base + 8 * words + header.keyBytes else { throw broken }
    }

    private func word(_ index: Int) -> UInt64 {
        data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: base + 8 * index, as: UInt64.self) }
    }

    private var rowStartsAt: Int { header.entities + 1 }
    private var knownAt: Int { 2 * (header.entities + 1) }
    private var valuesAt: Int { knownAt + header.rows }
    private var keysAt: Int { base + 8 * (valuesAt + header.rows * columns.count) }

    private func keyBytes(_ entity: Int) -> Data {
        let range = range(at: entity, below: header.keyBytes)
        return data[keysAt + range.lowerBound..<keysAt + range.upperBound]
    }

    /// Two offsets that follow one another; empty where damaged bytes leave the table.
    private func range(at index: Int, below count: Int) -> Range<Int> {
        let (start, end) = (word(index), word(index + 1))
        return start <= end && end <= UInt64(count) ? Int(start)..<Int(end) : 0..<0
    }

    /// The features of an entity as they were known at a time; `nil` where nothing was known yet.
    /// - Complexity: O(log entities + log rows of the entity).
    package func lookUp(_ entity: [Value], at time: Int64) -> [Double]? {
        let wanted = Self.key(entity)
        let position = Self.firstIndex(below: header.entities) { !keyBytes($0).lexicographicallyPrecedes(wanted) }
        guard position < header.entities, keyBytes(position).elementsEqual(wanted) else { return nil }
        let rows = range(at: rowStartsAt + position, below: header.rows)
        let later = Self.firstIndex(below: rows.count) { Int64(bitPattern: word(knownAt + rows.lowerBound + $0)) > time }
        guard later > 0 else { return nil }
        let row = rows.lowerBound + later - 1
        return (0..<columns.count).map { Double(bitPattern: word(valuesAt + row * columns.count + $0)) }
    }

    /// Whether anything was ever known of an entity.
    package func knows(_ entity: [Value]) -> Bool { lookUp(entity, at: .max) != nil }

    /// The first index for which a monotone condition holds; `count` where it never does.
    private static func firstIndex(below count: Int, where holds: (Int) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if holds(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
