import Foundation
import MartletCore
import MartletEngines
import MartletTesting
import Testing

@testable import MartletServer

@Suite struct ParquetInvocationTests {
    private static let signature = TensorSignature(
        platform: "test", inputs: [.init(name: "input", datatype: .float32, shape: [-1, 2], alternatives: [.float64])],
        outputs: [.init(name: "output", datatype: .float64, shape: [-1])], hasIndependentRows: true, featureNames: ["a", "b"])

    /// What a SELECT gives, as a Parquet file.
    private static func parquet(_ select: String) throws -> [UInt8] {
        try withTemporaryFolder { folder in
            try DuckDBDatabase(threads: 1).connect().execute("COPY (\(select)) TO '\(folder)/rows.parquet' (FORMAT parquet)")
            return [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/rows.parquet")))
        }
    }

    private static func inputs(_ bytes: [UInt8]) throws -> [Tensor] {
        try bytes.withUnsafeBytes {
            try InvocationRequest.inputs($0, .parquet, signature)
        }
    }

    @Test func `columns are found by name, whatever their order and type of number`() throws {
        let bytes = try Self.parquet(
            "SELECT * FROM (VALUES (1::DECIMAL(6, 2), 'x', 0.25::FLOAT), (2, 'y', NULL), (3, 'z', 'inf'::FLOAT)) AS rows(b, note, a)")
        let tensor = try #require(try Self.inputs(bytes).first)
        #expect(tensor.shape == [3, 2])
        guard case .float64(let cells) = tensor.elements else {
            Issue.record("expected doubles")
            return
        }
        #expect(cells.map { $0.isNaN ? -1 : $0 } == [0.25, 1, -1, 2, .infinity, 3])
    }

    @Test(arguments: [
        ("SELECT 1 AS a", "missing its columns 'b'"), ("SELECT 1 AS a, 'x' AS b", "column 'b': expected numbers, found VARCHAR"),
        ("SELECT 1 AS a, DATE '2026-01-01' AS b", "found DATE"), ("SELECT 1 AS a, 2 AS b WHERE false", "at least one row"),
    ])
    func `a table that the model cannot take is refused`(select: String, text: String) throws {
        let bytes = try Self.parquet(select)
        let error = #expect(throws: MartletError.self) { try Self.inputs(bytes) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
    }

    @Test func `what is no Parquet file is refused, wherever it breaks`() throws {
        let whole = try Self.parquet("SELECT i AS a, i / 3 AS b FROM range(100) AS rows(i)")
        #expect(try Self.inputs(whole).first?.shape == [100, 2])
        var random = SplitMix64(seed: 7)
        for bytes in [[], Array("a,b\n1,2\n".utf8)] + (0..<40).map({ _ in Array(whole.prefix(random.index(below: whole.count))) }) {
            let error = #expect(throws: MartletError.self) { try Self.inputs(bytes) }
            #expect(error?.code == .invalidInput, "\(bytes.count) bytes: \(error?.message ?? "")")
        }
    }
}
