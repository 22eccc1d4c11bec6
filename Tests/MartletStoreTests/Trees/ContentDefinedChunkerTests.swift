import MartletCore
import Testing

@testable import MartletStore

struct ContentDefinedChunkerTests {
    private func sizes(_ bytes: [UInt8]) -> [Int] { bytes.withUnsafeBytes { ContentDefinedChunker().chunkSizes($0) } }

    @Test func `the cuts of known bytes never change`() {
        #expect(sizes(randomBytes(8 << 20, seed: 1)) == [1_418_999, 1_622_939, 694_043, 1_546_648, 1_735_427, 1_124_035, 246_517])
        #expect(sizes([UInt8](repeating: 0, count: 9 << 20)) == [4 << 20, 4 << 20, 1 << 20])
    }

    @Test(arguments: [0, 1, 256 << 10, (256 << 10) + 1, 1 << 20, (4 << 20) + 1])
    func `chunks make up all bytes and have lawful sizes`(_ count: Int) {
        let sizes = sizes(randomBytes(count, seed: UInt64(count)))
        #expect(sizes.reduce(0, +) == count)
        for size in sizes.dropLast() {
            #expect(size >= ContentDefinedChunker.sizeBytesMin)
            #expect(size <= ContentDefinedChunker.sizeBytesMax)
        }
        #expect(sizes.allSatisfy { $0 > 0 && $0 <= ContentDefinedChunker.sizeBytesMax })
    }

    @Test func `chunks are about a mebibyte on average`() {
        let sizes = sizes(randomBytes(96 << 20, seed: 5))
        let average = (96 << 20) / sizes.count
        #expect((768 << 10..<1_536 << 10).contains(average), "\(average)")
    }

    @Test func `a cut is where the plain definition puts it`() {
        let bytes = randomBytes(12 << 20, seed: 3)
        #expect(sizes(bytes) == Self.naiveSizes(bytes))
    }

    @Test func `what is inserted moves the cuts around it only`() {
        let bytes = randomBytes(24 << 20, seed: 9)
        let other = bytes[..<(7 << 20)] + randomBytes(13, seed: 10) + bytes[(7 << 20)...]
        let (before, after) = (Self.ends(sizes(bytes)), Self.ends(sizes(Array(other))))
        let moved = Set(before.map { $0 <= 7 << 20 ? $0 : $0 + 13 })
        #expect(Set(after).subtracting(moved).count <= 2)
    }

    private static func ends(_ sizes: [Int]) -> [Int] {
        var end = 0
        return sizes.map { size in
            end += size
            return end
        }
    }

    /// The paper's rule, byte for byte, with no regard to speed.
    private static func naiveSizes(_ bytes: [UInt8]) -> [Int] {
        var random = SplitMix64(seed: 0x6D61_7274_6C65_7431)
        let gear = (0..<256).map { _ in random.next() }
        var (sizes, size, hash): ([Int], Int, UInt64) = ([], 0, 0)
        for byte in bytes {
            size += 1
            if size > 256 << 10 {
                hash = hash << 1 &+ gear[Int(byte)]
                let bits = size <= 1 << 20 ? 22 : 18
                if hash.leadingZeroBitCount >= bits || size == 4 << 20 { (sizes, size, hash) = (sizes + [size], 0, 0) }
            }
        }
        return size > 0 ? sizes + [size] : sizes
    }
}
