import Foundation
import MartletCore
import MartletEngines
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct ThriftValueTests {
    /// The footer of a real file: nested columns, statistics, several row groups.
    private func footer() throws -> [UInt8] {
        try withTemporaryFolder { folder in
            let path = "\(folder)/a.parquet"
            try DuckDBDatabase(threads: 1).connect().execute(
                """
                COPY (SELECT i, 'x' || i AS text, {'a': i, 'b': [i]} AS nested, i % 2 = 0 AS even FROM range(5000) r(i))
                TO '\(path)' (FORMAT parquet, ROW_GROUP_SIZE 2048)
                """)
            return try ParquetFooter(ofFile: path).bytes
        }
    }

    @Test func `what is read is written as the same bytes`() throws {
        let bytes = try footer()
        var reader = ThriftReader(bytes, from: "a file")
        var writer = ThriftWriter()
        writer.structure(try reader.structure())
        #expect(writer.bytes == bytes)
    }

    @Test func `every kind of value and distance between fields survives`() throws {
        let fields: [ThriftField] = [
            ThriftField(number: -5, value: .integer(.int64, .min)), ThriftField(number: 1, value: .boolean(true)),
            ThriftField(number: 2, value: .boolean(false)), ThriftField(number: 3, value: .integer(.byte, -7)),
            ThriftField(number: 40, value: .integer(.int16, -300)), ThriftField(number: 41, value: .double(0.1.bitPattern)),
            ThriftField(number: 42, value: .binary(Array(0...255))),
            ThriftField(number: 43, value: .list(.int32, (0..<20).map { .integer(.int32, $0 * 1_000_000_007) })),
            ThriftField(number: 44, value: .list(.yes, [.boolean(true), .boolean(false)])),
            ThriftField(number: .max, value: .structure([ThriftField(number: 1, value: .list(.structure, [.structure([])]))])),
        ]
        var writer = ThriftWriter()
        writer.structure(fields)
        var reader = ThriftReader(writer.bytes, from: "a file")
        #expect(try reader.structure() == fields)
    }

    @Test func `damaged bytes are refused or read, and never trap`() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix64(seed: seed)
        let bytes = try footer()
        var refused = 0
        for _ in 0..<3000 {
            var damaged = Array(bytes.prefix(random.index(below: 8) == 0 ? random.index(below: bytes.count) : bytes.count))
            for _ in 0...random.index(below: 4) where !damaged.isEmpty {
                damaged[random.index(below: damaged.count)] = UInt8(truncatingIfNeeded: random.next())
            }
            var reader = ThriftReader(damaged, from: "a file")
            do {
                _ = try reader.structure()
            } catch let error as MartletError {
                refused += 1
                #expect(error.code == .corrupt, "seed \(seed)")
            }
        }
        #expect(refused > 100, "seed \(seed)")
    }

    @Test func `nesting has a limit`() {
        var reader = ThriftReader([UInt8](repeating: 0x1c, count: 1000), from: "a file")
        let error = #expect(throws: MartletError.self) { try reader.structure() }
        #expect(error?.message.contains("32 levels") == true)
    }
}
