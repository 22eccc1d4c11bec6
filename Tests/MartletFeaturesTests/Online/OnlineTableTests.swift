import Foundation
import MartletCore
import MartletFeatures
import Testing

/// Tables in one folder that goes with the suite.
final class OnlineTableTests {
    private let path = FileManager.default.temporaryDirectory.appendingPathComponent("online-\(UUID().uuidString)").path

    deinit {
        // What cannot be removed is left to the system's own cleaning.
        try? FileManager.default.removeItem(atPath: path)
    }

    private func table(of bytes: Data) throws -> OnlineTable {
        try bytes.write(to: URL(fileURLWithPath: path))
        return try OnlineTable(path: path)
    }

    /// Three entities of a number and a text; the rows are in no order.
    private func encoded() throws -> Data {
        let history = Table([
            Column("store", .integer([2, 1, 1, 2, 1])), Column("brand", .text(["a", "é\"", "é\"", "a", "b"])),
            Column("__known", .integer([7, 10, -3, 5, 0])),
            Column("last", .real([1, 2, 3, 4, .nan])), Column("count", .integer([10, 20, 30, nil, 50])),
        ])
        return try OnlineTable.encode(history: history, entity: ["store", "brand"], features: ["last", "count"])
    }

    @Test(
        arguments: [
            (-4, nil), (-3, [3, 30]), (9, [3, 30]), (10, [2, 20]), (Int64.max, [2, 20]), (.min, nil),
        ] as [(Int64, [Double]?)])
    func `a look-up finds the latest row that was known by then`(_ time: Int64, _ expected: [Double]?) throws {
        #expect(try table(of: encoded()).lookUp([.integer(1), .text("é\"")], at: time) == expected)
    }

    @Test func `missing values stay missing`() throws {
        let table = try table(of: encoded())
        #expect(table.lookUp([.integer(1), .text("b")], at: 0).map(bits) == bits([.nan, 50]))
        #expect(table.lookUp([.integer(2), .text("a")], at: 6).map(bits) == bits([4, .nan]))
        #expect(table.columns == ["last", "count"] && table.entityCount == 3)
    }

    @Test func `a whole number is one entity however it is written, and no text`() throws {
        let table = try table(of: encoded())
        #expect(table.lookUp([.real(2.0), .text("a")], at: 7) == [1, 10])
        #expect(table.lookUp([.text("2"), .text("a")], at: 7) == nil)
        #expect(table.lookUp([.real(2.5), .text("a")], at: 7) == nil)
    }

    @Test(
        arguments: [
            [.integer(3), .text("a")], [.integer(1), .text("a")], [.integer(1)], [], [.missing, .text("a")],
            [.integer(1), .text("b"), .integer(1)], [.text("1,\"b"), .text("b")],
        ] as [[Value]])
    func `an unknown entity has nothing`(_ entity: [Value]) throws {
        let table = try table(of: encoded())
        #expect(table.lookUp(entity, at: .max) == nil && !table.knows(entity))
    }

    @Test func `an entity is known from its first row on`() throws {
        #expect(try table(of: encoded()).knows([.integer(1), .text("b")]))
    }

    @Test func `an empty history is a table that knows nobody`() throws {
        let history = Table([Column("store", .integer([])), Column("__known", .integer([])), Column("last", .real([]))])
        let table = try table(of: try OnlineTable.encode(history: history, entity: ["store"], features: ["last"]))
        #expect(table.entityCount == 0 && table.lookUp([.integer(1)], at: .max) == nil)
    }

    @Test func `a history without features tells only who is known`() throws {
        let history = Table([Column("store", .integer([1])), Column("__known", .integer([5]))])
        let table = try table(of: try OnlineTable.encode(history: history, entity: ["store"], features: []))
        #expect(table.lookUp([.integer(1)], at: 5) == [] && table.lookUp([.integer(1)], at: 4) == nil)
    }

    @Test(arguments: UInt64(0)..<8)
    func `random tables agree with a dictionary`(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var model: [Int64: [Int64: Double]] = [:]
        for _ in 0..<200 { model[Int64(random.index(below: 30)), default: [:]][Int64(random.index(below: 50))] = random.unit() }
        let rows = model.flatMap { store, times in times.map { (store, $0.key, $0.value) } }.shuffled(using: &random)
        let history = Table([
            Column("store", .integer(rows.map(\.0))), Column("__known", .integer(rows.map(\.1))),
            Column("value", .real(rows.map(\.2))),
        ])
        let table = try table(of: try OnlineTable.encode(history: history, entity: ["store"], features: ["value"]))
        for store in Int64(0)..<31 {
            for time in Int64(-1)..<51 {
                let times = model[store] ?? [:]
                let expected = times.keys.filter { $0 <= time }.max().flatMap { times[$0] }.map { [$0] }
                #expect(table.lookUp([.integer(store)], at: time) == expected, "seed \(seed)")
            }
        }
    }

    // MARK: Damage

    @Test func `a table cut off anywhere is corrupt`() throws {
        let bytes = try encoded()
        for count in 0..<bytes.count {
            let error = try #require(throws: MartletError.self) { try table(of: bytes.prefix(count)) }
            #expect(error.code == .corrupt, "\(count) bytes: \(error)")
        }
    }

    @Test func `a table with more bytes is corrupt`() throws {
        let bytes = try encoded() + [0]
        let error = try #require(throws: MartletError.self) { try table(of: bytes) }
        #expect(error.code == .corrupt)
    }

    @Test(arguments: [
        #"{"columns":["a"],"entities":-1,"keyBytes":0,"rows":0}"#,
        #"{"columns":["a"],"entities":9223372036854775807,"keyBytes":0,"rows":0}"#,
        #"{"columns":["a","b"],"entities":0,"keyBytes":0,"rows":9223372036854775807}"#,
        #"{"columns":[],"entities":0,"keyBytes":9223372036854775807,"rows":0}"#,
        #"{"columns":"a","entities":0,"keyBytes":0,"rows":0}"#, #"{"entities":0}"#, "[]", "no JSON", "",
    ])
    func `a foreign header is corrupt`(_ header: String) throws {
        var bytes = Data("MRTLTBL1".utf8)
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { bytes.append(contentsOf: $0) }
        bytes += Data(header.utf8) + Data(count: 64)
        let error = try #require(throws: MartletError.self) { try table(of: bytes) }
        #expect(error.code == .corrupt, "\(error)")
    }

    @Test func `other bytes are corrupt`() throws {
        for bytes in [Data(count: 100), Data("PAR1".utf8), Data("MRTLTBL1".utf8) + Data(repeating: 0xFF, count: 100)] {
            let error = try #require(throws: MartletError.self) { try table(of: bytes) }
            #expect(error.code == .corrupt)
        }
    }

    @Test func `any damaged byte is refused or answered, but never breaks the reader`() throws {
        let bytes = try encoded()
        for position in bytes.indices {
            for mask: UInt8 in [0x01, 0x80, 0xFF] {
                var damaged = bytes
                damaged[position] ^= mask
                do {
                    let table = try table(of: damaged)
                    for time in [Int64.min, 0, .max] {
                        _ = table.lookUp([.integer(1), .text("é\"")], at: time)
                        _ = table.lookUp([.integer(2), .text("a")], at: time)
                    }
                } catch let error as MartletError {
                    #expect(error.code == .corrupt, "byte \(position): \(error)")
                }
            }
        }
    }

    @Test func `a table that is not there is named`() throws {
        let error = try #require(throws: MartletError.self) { try OnlineTable(path: "/no/such/table") }
        #expect(error.code == .storage && error.message.contains("'/no/such/table'"))
    }
}
