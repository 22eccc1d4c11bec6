import Foundation
import MartletCore
import MartletEngines
import Testing

@testable import MartletSearch

@Suite struct VectorIndexFileTests {
    /// The bytes with the digest that they should have: only what is wrong besides it is refused then.
    private func resealed(_ bytes: [UInt8]) -> [UInt8] {
        let head = VectorIndexFile.headSizeBytes
        let digest = Digest(of: bytes[..<head] + bytes[VectorIndexFile.headerSizeBytes...])
        return Array(bytes[..<head] + digest.hex.utf8 + bytes[VectorIndexFile.headerSizeBytes...])
    }

    private func code(_ bytes: [UInt8]) -> MartletError.Code? {
        do {
            _ = try VectorIndexFile.index(from: Data(bytes))
            return nil
        } catch {
            return (error as? MartletError)?.code
        }
    }

    @Test(arguments: VectorMetric.allCases)
    func `an index that was read answers as the one that was written`(metric: VectorMetric) throws {
        let index = try RandomRows(300, dimension: 5, seed: 31).index(metric)
        let bytes = VectorIndexFile.bytes(of: index)
        let read = try VectorIndexFile.index(from: Data(bytes))
        #expect(read.ids == index.ids)
        #expect(read.graph.shape == index.graph.shape)
        #expect(VectorIndexFile.bytes(of: read) == bytes)
        for id in ["r0", "r150", "r299"] {
            #expect(try read.neighbours(ofRow: id, count: 25) == index.neighbours(ofRow: id, count: 25))
        }
    }

    @Test func `equal rows and seeds give equal bytes in whatever order the rows come`() throws {
        let data = RandomRows(400, dimension: 7, seed: 32)
        var random = SplitMix64(seed: 33)
        let bytes = VectorIndexFile.bytes(of: try data.index(.cosine))
        let shuffled = Array(data.vectors.indices).shuffled(using: &random)
        #expect(VectorIndexFile.bytes(of: try VectorIndex.build(data.rows(.cosine, order: shuffled)).index) == bytes)
        #expect(VectorIndexFile.bytes(of: try data.index(.cosine, seed: 1)) != bytes)
    }

    @Test(arguments: [(VectorMetric.cosine, "f15f8f53a0fa"), (.l2, "124a19fcefe4"), (.dot, "173bba6fcfae")])
    func `the bytes are the same on every processor, and those of earlier versions`(metric: VectorMetric, digest: String) throws {
        let bytes = VectorIndexFile.bytes(of: try RandomRows(500, dimension: 37, seed: 39).index(metric))
        let found = Digest(of: bytes).short
        #expect(found == digest)
    }

    @Test func `any changed bit and any lost or added byte is refused`() throws {
        let whole = VectorIndexFile.bytes(of: try RandomRows(60, dimension: 3, seed: 34).index(.l2))
        var random = SplitMix64(seed: 35)
        let seeded = (0..<500).map { _ in random.index(below: whole.count) }
        for place in Array(0..<VectorIndexFile.headerSizeBytes) + seeded {
            var bytes = whole
            bytes[place] ^= 1 << UInt8(random.index(below: 8))
            #expect(code(bytes) == .corrupt, "byte \(place)")
        }
        for count in Array(0..<200) + seeded { #expect(code(Array(whole.prefix(count))) == .corrupt, "\(count) bytes") }
        #expect(code(whole + [0]) == .corrupt)
    }

    @Test func `bytes whose digest is right are still not believed`() throws {
        let whole = VectorIndexFile.bytes(of: try RandomRows(60, dimension: 3, seed: 36).index(.l2))
        try #require(resealed(whole) == whole)
        // The metric, the dimension, the numbers of links and candidates, the rows, the sizes of parts, and what is nothing yet.
        for place in [8, 12, 13, 17, 23, 24, 31, 40, 47, 48, 55, 56, 63] {
            var bytes = whole
            bytes[place] ^= 0x7f
            #expect(code(resealed(bytes)) == .corrupt, "byte \(place)")
        }
        var random = SplitMix64(seed: 37)
        for _ in 0..<1_000 {
            var bytes = whole
            for _ in 0...random.index(below: 4) { bytes[random.index(below: bytes.count)] = UInt8(random.index(below: 256)) }
            if random.index(below: 4) == 0 { bytes.removeLast(random.index(below: bytes.count - VectorIndexFile.headerSizeBytes)) }
            do {
                // What is still an index answers, whatever it says.
                let index = try VectorIndexFile.index(from: Data(resealed(bytes)))
                #expect(try index.neighbours(of: [0, 0, 0], count: 5).count == 5)
            } catch let error as MartletError {
                #expect(error.code == .corrupt)
            }
        }
    }

    @Test func `another file, and one of another version, are refused by what they are`() throws {
        func message(_ bytes: [UInt8]) -> String {
            #expect(throws: MartletError.self) { try VectorIndexFile.index(from: Data(bytes)) }?.message ?? ""
        }
        #expect(message([]).contains("found something else"))
        #expect(message(Array(repeating: 65, count: 1_000)).contains("found something else"))
        var newer = VectorIndexFile.bytes(of: try RandomRows(5, dimension: 2, seed: 38).index(.l2))
        newer[7] += 1
        #expect(message(newer).contains("another version"))
    }
}
