import CSearch
package import MartletCore

/// Vectors, and a graph over them in which hnswlib finds near neighbours.
///
/// A vector is known by its position, from 0 on. `@unchecked Sendable`: nothing changes after `init`, and searches of any number of
/// threads share only a pool of marks, which hnswlib locks.
package final class HNSWGraph: @unchecked Sendable {
    /// What a graph is made of; equal shapes and vectors in an equal order give equal graphs on every processor.
    package struct Shape: Sendable, Equatable {
        package var metric: VectorMetric
        package var dimension: Int
        /// How many vectors there are.
        package var count: Int
        /// The links of a vector in each layer (*M*); twice as many in the lowest.
        package var links: Int
        /// How many candidates its links are chosen from.
        package var efConstruction: Int
        package var seed: UInt64

        package init(metric: VectorMetric, dimension: Int, count: Int, links: Int, efConstruction: Int, seed: UInt64) {
            (self.metric, self.dimension, self.count) = (metric, dimension, count)
            (self.links, self.efConstruction, self.seed) = (links, efConstruction, seed)
        }
    }

    /// A vector that was found.
    package struct Hit: Sendable, Equatable {
        package let position: Int
        /// 1 − the dot product for `cosine`, the square of Euclid's distance for `l2`, the negated dot product for `dot`.
        package let distance: Float
    }

    package static let dimensionMax = Int(MARTLET_HNSW_DIMENSION_MAX)
    package static let countMax = Int(MARTLET_HNSW_COUNT_MAX)
    package static let linksRange = Int(MARTLET_HNSW_LINKS_MIN)...Int(MARTLET_HNSW_LINKS_MAX)
    package static let efConstructionMax = Int(MARTLET_HNSW_EF_CONSTRUCTION_MAX)
    /// The most that the squares of a vector's elements may add up to, so that every distance is a number.
    package static let squaresMax = Double(Float.greatestFiniteMagnitude) / 16

    package let shape: Shape
    private let pointer: OpaquePointer

    /// Makes a graph, one vector after the other.
    /// - Parameters:
    ///   - vectors: row by row; for `cosine` each of length 1.
    ///   - insertions: which row has which position, in the order in which they are added.
    ///   - adding: told before each addition how many were added, and asks the graph of those where it likes; what it throws ends the work.
    /// - Throws: `invalidInput` where a number is beyond its limit; `limitExceeded` where memory is short; `engine`.
    package init(
        _ shape: Shape, vectors: [Float], insertions: some Collection<(position: Int, row: Int)>, adding: (HNSWGraph, Int) throws -> Void
    ) throws {
        precondition(vectors.count == shape.count * shape.dimension, "vectors do not fill the shape")
        precondition(insertions.count == shape.count, "every vector is added once")
        self.shape = shape
        pointer = try Self.make(shape) { native, pointer in
            var native = native
            return martlet_hnsw_make(&native, pointer)
        }
        for (done, insertion) in insertions.enumerated() {
            try adding(self, done)
            let status = vectors[insertion.row * shape.dimension..<(insertion.row + 1) * shape.dimension].withUnsafeBufferPointer {
                martlet_hnsw_add(pointer, UInt32(insertion.position), $0.baseAddress)
            }
            try Self.check(status, shape)
        }
    }

    /// Makes a graph of what `linkBytes` gave, and of its vectors.
    /// - Parameter vectors: as they lie in memory, by position.
    /// - Throws: `corrupt` where the bytes are no graph of the shape; `limitExceeded` where memory is short.
    package init(_ shape: Shape, vectors: UnsafeRawBufferPointer, links: UnsafeRawBufferPointer) throws {
        precondition(vectors.count == shape.count * shape.dimension * MemoryLayout<Float>.size, "vectors do not fill the shape")
        self.shape = shape
        pointer = try Self.make(shape) { native, pointer in
            var native = native
            return martlet_hnsw_read(&native, vectors.baseAddress, links.baseAddress, links.count, pointer)
        }
    }

    deinit { martlet_hnsw_free(pointer) }

    // MARK: Asking

    /// Near neighbours, nearest first, equally near ones by position; fewer than wanted where the graph does not lead to more.
    /// - Parameter ef: how many candidates are kept on the way: more find better, and take longer.
    package func near(_ query: [Float], count: Int, ef: Int) throws -> [Hit] {
        try hits(query, count) { martlet_hnsw_search(pointer, query, count, ef, $0, $1) }
    }

    /// The nearest of all, in the same order. - Complexity: O(vectors · dimension).
    package func nearest(_ query: [Float], count: Int) throws -> [Hit] {
        try hits(query, count) { martlet_hnsw_scan(pointer, query, count, $0, $1) }
    }

    private func hits(
        _ query: [Float], _ count: Int, _ call: (UnsafeMutablePointer<martlet_hnsw_hit>?, UnsafeMutablePointer<Int>) -> Int32
    ) throws -> [Hit] {
        precondition(query.count == shape.dimension, "the query has another dimension")
        precondition((1...shape.count).contains(count), "as many neighbours as there are vectors, or fewer")
        let native = try [martlet_hnsw_hit](unsafeUninitializedCapacity: count) { buffer, found in
            try Self.check(call(buffer.baseAddress, &found), shape)
        }
        return native.map { Hit(position: Int($0.label), distance: $0.distance) }
    }

    /// The vector at a position.
    package func vector(_ position: Int) -> [Float] {
        precondition((0..<shape.count).contains(position), "there is no such vector")
        return [Float](unsafeUninitializedCapacity: shape.dimension) { buffer, count in
            let status = martlet_hnsw_vector(pointer, UInt32(position), buffer.baseAddress)
            precondition(Int(status) == MARTLET_HNSW_DONE, "every position has a vector")
            count = shape.dimension
        }
    }

    /// The links, without the vectors.
    package var linkBytes: [UInt8] {
        let size = martlet_hnsw_size(pointer)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            let status = martlet_hnsw_write(pointer, buffer.baseAddress, size)
            precondition(Int(status) == MARTLET_HNSW_DONE, "a graph that was made is complete")
            count = size
        }
    }
}

extension HNSWGraph {
    private static func make(
        _ shape: Shape, _ call: (martlet_hnsw_shape, UnsafeMutablePointer<OpaquePointer?>) -> Int32
    ) throws -> OpaquePointer {
        // Numbers that do not fit are beyond their limits anyway, which the other side checks.
        let native = martlet_hnsw_shape(
            metric: shape.metric.native, dimension: UInt32(clamping: shape.dimension), links: UInt32(clamping: shape.links),
            ef_construction: UInt32(clamping: shape.efConstruction), count: UInt64(clamping: shape.count), seed: shape.seed)
        var pointer: OpaquePointer?
        try check(call(native, &pointer), shape)
        guard let pointer else { throw MartletError(.engine, "hnswlib made no graph, and did not say why") }
        return pointer
    }

    private static func check(_ status: Int32, _ shape: Shape) throws {
        let what = "\(shape.count.grouped) vectors of \(shape.dimension) numbers"
        switch Int(status) {
        case MARTLET_HNSW_DONE: return
        case MARTLET_HNSW_INVALID:
            throw MartletError(
                .invalidInput,
                "an index of \(what): expected 1 to \(countMax.grouped) vectors of 1 to \(dimensionMax.grouped) finite numbers, m from "
                    + "\(linksRange.lowerBound) to \(linksRange.upperBound) and ef_construction from 1 to \(efConstructionMax.grouped)")
        case MARTLET_HNSW_MEMORY:
            throw MartletError(.limitExceeded, "there is not enough memory for an index of \(what); index fewer, or use a larger machine")
        case MARTLET_HNSW_DAMAGED:
            throw MartletError(.corrupt, "the links of an index of \(what) lead nowhere: its bytes are damaged; make it again")
        default: throw MartletError(.engine, "hnswlib refused an index of \(what)")
        }
    }
}

extension VectorMetric {
    fileprivate var native: UInt32 {
        switch self {
        case .l2: UInt32(MARTLET_HNSW_L2)
        case .cosine: UInt32(MARTLET_HNSW_COSINE)
        case .dot: UInt32(MARTLET_HNSW_DOT)
        }
    }
}
