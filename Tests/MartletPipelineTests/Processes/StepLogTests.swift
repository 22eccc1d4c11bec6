import Foundation
import MartletCore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct StepLogTests {
    private static func bytes(_ path: String) -> [UInt8] { Array(FileManager.default.contents(atPath: path) ?? Data()) }

    /// What is kept of a text, from its definition.
    private static func kept(_ said: [UInt8], _ limits: StepLog.Limits) -> [UInt8] {
        let rest = Array(said.dropFirst(limits.headMaxBytes))
        let missing = max(0, rest.count - limits.tailMaxBytes)
        return said.prefix(limits.headMaxBytes) + (missing > 0 ? StepLog.gap(missing) : []) + rest.suffix(limits.tailMaxBytes)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `the beginning and the end are kept, and who reads along misses nothing that is`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let limits = StepLog.Limits(headMaxBytes: random.index(below: 50), tailMaxBytes: 1 + random.index(below: 60))
        try withTemporaryFolder { folder in
            let path = "\(folder)/log"
            var reader = StepLogReader(path)
            #expect(try reader.read().isEmpty)
            let log = try StepLog(path, limits: limits)
            var (said, along): ([UInt8], [UInt8]) = ([], [])
            for _ in 0..<random.index(below: 30) {
                let piece = (0..<random.index(below: 12)).map { _ in UInt8.random(in: 128...255, using: &random) }
                said += piece
                try log.write(piece)
                if random.index(below: 3) > 0 { along += try reader.read() }
                let size = try FileManager.default.contentsOfDirectory(atPath: folder).map { Self.bytes("\(folder)/\($0)").count }
                #expect(size.reduce(0, +) <= limits.headMaxBytes + limits.tailMaxBytes + 2 * limits.pieceMaxBytes)
            }
            if random.index(below: 2) == 0 { along += try Self.rest(&reader) }
            try log.finish()
            along += try Self.rest(&reader)
            #expect(Self.bytes(path) == Self.kept(said, limits), "seed \(seed)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["log"])
            #expect(Self.covers(along, said), "seed \(seed)")
            var late = StepLogReader(path)
            #expect(try Self.rest(&late) == Self.kept(said, limits))
        }
    }

    private static func rest(_ reader: inout StepLogReader) throws -> [UInt8] {
        var rest: [UInt8] = []
        while case let bytes = try reader.read(), !bytes.isEmpty { rest += bytes }
        return rest
    }

    /// Whether a text is another one, but for parts whose size it tells in their place. No byte that was said is ASCII here.
    private static func covers(_ read: [UInt8], _ said: [UInt8]) -> Bool {
        var (position, rest) = (0, read[...])
        while let first = rest.first {
            if first == 10 {
                guard let size = StepLog.gapSize(Array(rest)) else { return false }
                position += size
                rest = rest.dropFirst(StepLog.gap(size).count)
            } else {
                guard position < said.count, said[position] == first else { return false }
                position += 1
                rest = rest.dropFirst()
            }
        }
        return position == said.count
    }

    @Test func `a secret that comes in two pieces is not written, nor is one at the end of the first part`() throws {
        try withTemporaryFolder { folder in
            let log = try StepLog("\(folder)/log", limits: .init(headMaxBytes: 8, tailMaxBytes: 100), secrets: ["hunter22"])
            for piece in ["token hun", "ter2", "2 ", "hunter"] { try log.write(Array(piece.utf8)) }
            try log.finish()
            #expect(String(decoding: Self.bytes("\(folder)/log"), as: UTF8.self) == "token *** hunter")
            #expect(String(decoding: log.lastBytes, as: UTF8.self) == "token *** hunter")
        }
    }

    @Test func `what an earlier log left is gone`() throws {
        try withTemporaryFolder { folder in
            let limits = StepLog.Limits(headMaxBytes: 4, tailMaxBytes: 4)
            let first = try StepLog("\(folder)/log", limits: limits)
            try first.write(Array("a runner that was killed".utf8))
            let second = try StepLog("\(folder)/log", limits: limits)
            try second.write(Array("ab".utf8))
            try second.finish()
            #expect(Self.bytes("\(folder)/log") == Array("ab".utf8))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["log"])
        }
    }
}
