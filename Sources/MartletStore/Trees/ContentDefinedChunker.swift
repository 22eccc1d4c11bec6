import MartletCore

/// Cuts bytes into chunks where their content says so, so that a change moves the cuts around it only.
///
/// FastCDC (Xia et al., "FastCDC: a Fast and Efficient Content-Defined Chunking Approach for Data Deduplication", USENIX ATC 2016) with
/// normalised chunking of level 2: below the average a cut needs two bits more, above it two fewer. Equal bytes are cut alike for ever:
/// the sizes and the table are part of the format.
package struct ContentDefinedChunker: Sendable {
    /// The least of a chunk but the last.
    package static let sizeBytesMin = 256 << 10
    /// What chunks have on average.
    package static let sizeBytesAverage = 1 << 20
    /// The most of a chunk.
    package static let sizeBytesMax = 4 << 20

    /// Begins the table's sequence; never changed.
    private static let tableSeed: UInt64 = 0x6D61_7274_6C65_7431
    /// 20 bits make an average of 1 MiB; the highest bits depend on the most bytes.
    private static let maskBelow = ~UInt64(0) << (64 - 22)
    private static let maskAbove = ~UInt64(0) << (64 - 18)

    private let gear: [UInt64]

    /// Makes the table.
    package init() {
        var random = SplitMix64(seed: Self.tableSeed)
        gear = (0..<256).map { _ in random.next() }
    }

    /// How many of some bytes the first chunk takes.
    /// - Parameter bytes: at least `sizeBytesMax` of them, or all that are left. - Complexity: O(result).
    package func cut(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count > Self.sizeBytesMin else { return bytes.count }
        let end = min(bytes.count, Self.sizeBytesMax)
        let middle = min(end, Self.sizeBytesAverage)
        return gear.withUnsafeBufferPointer { gear in
            var hash: UInt64 = 0
            return Self.find(bytes, gear, Self.sizeBytesMin..<middle, Self.maskBelow, &hash)
                ?? Self.find(bytes, gear, middle..<end, Self.maskAbove, &hash) ?? end
        }
    }

    /// The sizes of all chunks of some bytes. - Complexity: O(bytes).
    package func chunkSizes(_ bytes: UnsafeRawBufferPointer) -> [Int] {
        var (sizes, start): ([Int], Int) = ([], 0)
        while start < bytes.count {
            let size = cut(UnsafeRawBufferPointer(rebasing: bytes[start...]))
            sizes.append(size)
            start += size
        }
        return sizes
    }

    @inline(__always)
    private static func find(
        _ bytes: UnsafeRawBufferPointer, _ gear: UnsafeBufferPointer<UInt64>, _ range: Range<Int>, _ mask: UInt64, _ hash: inout UInt64
    ) -> Int? {
        // The range lies within the bytes, and a byte within the table: nothing is checked again for each.
        guard let bytes = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), let gear = gear.baseAddress else { return nil }
        var value = hash
        for index in range {
            value = (value &<< 1) &+ gear[Int(bytes[index])]
            if value & mask == 0 { return index + 1 }
        }
        hash = value
        return nil
    }
}
