package import Foundation
import MartletCore
import MartletEngines

/// The bytes of an index.
///
/// | bytes | what |
/// |---|---|
/// | 8 | `MARTVEC1`, where the digit is the version |
/// | 4 each | the metric's number, dimension, links, *ef* of construction |
/// | 8 each | rows, seed, bytes of the ids, bytes of the links |
/// | 8 | 0 |
/// | 64 | SHA-256 of all bytes before and after it, in hexadecimal digits |
/// | | the ids' lengths in 4 bytes each, then the ids in UTF-8, ascending by their bytes, each once |
/// | | the vectors, by id, 4 bytes an element |
/// | | the links of the graph, as `CSearch` writes them |
///
/// Numbers have their lowest byte first.
package enum VectorIndexFile {
    static let magic = Array("MARTVEC1".utf8)
    static let headSizeBytes = 64
    static let headerSizeBytes = headSizeBytes + 64
    /// By their numbers in a file, which stay.
    private static let metrics: [VectorMetric] = [.l2, .cosine, .dot]

    // MARK: Writing

    /// The bytes of an index.
    package static func bytes(of index: VectorIndex) -> [UInt8] {
        let shape = index.graph.shape
        let links = index.graph.linkBytes
        let idsSize = index.ids.reduce(0) { $0 + 4 + $1.utf8.count }
        var bytes = head(shape, idsSize: idsSize, linksSize: links.count)
        bytes.reserveCapacity(headerSizeBytes + idsSize + shape.count * shape.dimension * 4 + links.count)
        bytes += [UInt8](repeating: 0, count: headerSizeBytes - headSizeBytes)
        for id in index.ids { bytes.append(UInt32(id.utf8.count)) }
        for id in index.ids { bytes += id.utf8 }
        for position in 0..<shape.count { index.graph.vector(position).withUnsafeBytes { bytes += $0 } }
        bytes += links
        bytes.replaceSubrange(headSizeBytes..<headerSizeBytes, with: bytes.withUnsafeBytes(digest).hex.utf8)
        return bytes
    }

    private static func head(_ shape: HNSWGraph.Shape, idsSize: Int, linksSize: Int) -> [UInt8] {
        var bytes = magic
        bytes.append(UInt32(metrics.firstIndex(of: shape.metric) ?? 0))
        for number in [shape.dimension, shape.links, shape.efConstruction] { bytes.append(UInt32(number)) }
        for number in [UInt64(shape.count), shape.seed, UInt64(idsSize), UInt64(linksSize), 0] { bytes.append(number) }
        precondition(bytes.count == headSizeBytes, "the head has its size")
        return bytes
    }

    private static func digest(_ bytes: UnsafeRawBufferPointer) -> Digest {
        var hasher = DigestHasher()
        hasher.update(UnsafeRawBufferPointer(rebasing: bytes[..<headSizeBytes]))
        hasher.update(UnsafeRawBufferPointer(rebasing: bytes[headerSizeBytes...]))
        return hasher.finish()
    }

    // MARK: Reading

    /// The index that some bytes are. Nothing of them is believed before their digest is right, and the links are checked even then.
    /// - Throws: `corrupt` where they are no index, or damaged; `limitExceeded` where memory is short.
    package static func index(from data: Data) throws -> VectorIndex {
        try data.withUnsafeBytes { try index(from: $0) }
    }

    private static func index(from bytes: UnsafeRawBufferPointer) throws -> VectorIndex {
        guard bytes.count >= headerSizeBytes, bytes.starts(with: magic.dropLast()) else {
            throw damaged("expected an index of vectors, found something else")
        }
        guard bytes[magic.count - 1] == magic[magic.count - 1] else {
            throw damaged("it is of another version than this program's, which is \(UnicodeScalar(magic[magic.count - 1]))")
        }
        let claimed = String(decoding: bytes[headSizeBytes..<headerSizeBytes], as: UTF8.self)
        guard digest(bytes).hex == claimed else { throw damaged("its bytes do not have the digest that they had when it was made") }
        let (shape, sizes) = try shape(bytes)
        var rest = bytes[headerSizeBytes...]
        let parts = sizes.map { size in
            defer { rest = rest.dropFirst(size) }
            return UnsafeRawBufferPointer(rebasing: rest.prefix(size))
        }
        let ids = try ids(parts[0], count: shape.count)
        return VectorIndex(ids: ids, graph: try HNSWGraph(shape, vectors: parts[1], links: parts[2]))
    }

    /// What the head says, and the sizes of the three parts that follow it, which fill the bytes.
    private static func shape(_ bytes: UnsafeRawBufferPointer) throws -> (HNSWGraph.Shape, sizes: [Int]) {
        let small = (0..<4).map { Int(bytes.loadUnaligned(fromByteOffset: 8 + 4 * $0, as: UInt32.self)) }
        let large = (0..<5).map { bytes.loadUnaligned(fromByteOffset: 24 + 8 * $0, as: UInt64.self) }
        let limit = UInt64(bytes.count - headerSizeBytes)
        guard metrics.indices.contains(small[0]), (1...HNSWGraph.dimensionMax).contains(small[1]),
            HNSWGraph.linksRange.contains(small[2]), (1...HNSWGraph.efConstructionMax).contains(small[3]),
            (1...UInt64(HNSWGraph.countMax)).contains(large[0]), large[2] <= limit, large[3] <= limit, large[4] == 0
        else { throw damaged("its head says what cannot be") }
        let shape = HNSWGraph.Shape(
            metric: metrics[small[0]], dimension: small[1], count: Int(large[0]), links: small[2], efConstruction: small[3], seed: large[1])
        let sizes = [Int(large[2]), shape.count * shape.dimension * 4, Int(large[3])]
        guard sizes.reduce(0, +) == Int(limit) else { throw damaged("its head speaks of \(sizes.reduce(0, +)) bytes, and it has \(limit)") }
        return (shape, sizes)
    }

    private static func ids(_ bytes: UnsafeRawBufferPointer, count: Int) throws -> [String] {
        guard bytes.count >= 4 * count else { throw damaged("it has fewer ids than rows") }
        var rest = bytes[(4 * count)...]
        var ids: [String] = []
        ids.reserveCapacity(count)
        for position in 0..<count {
            let size = Int(bytes.loadUnaligned(fromByteOffset: 4 * position, as: UInt32.self))
            guard size <= rest.count, let id = String(validating: rest.prefix(size), as: UTF8.self),
                ids.last.map({ VectorIndex.isOrdered($0, before: id) }) ?? true
            else {
                throw damaged("its ids are not in order")
            }
            ids.append(id)
            rest = rest.dropFirst(size)
        }
        guard rest.isEmpty else { throw damaged("its ids do not fill their place") }
        return ids
    }

    private static func damaged(_ reason: String) -> MartletError {
        MartletError(.corrupt, "the index cannot be used: \(reason); make it again with 'martlet run --force STEP'")
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { self += $0 }
    }
}
