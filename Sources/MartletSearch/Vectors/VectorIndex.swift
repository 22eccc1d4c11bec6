package import MartletCore
import MartletEngines

/// Rows by their ids and vectors, to find those that are near a vector.
///
/// Ids are bytes: two that only look alike are two. Equally near rows come in the order of their ids. Any number of tasks may ask at once.
package struct VectorIndex: Sendable {
    /// How many candidates a search keeps where nobody says.
    package static let efDefault = 100
    package static let efMax = 100_000
    package static let neighbourCountMax = 10_000

    /// A row that was found.
    package struct Neighbour: Sendable, Equatable {
        package let id: String
        /// As the metric measures it: see `VectorMetric`.
        package let distance: Double
    }

    /// Ascending; the position of each is that of its vector.
    let ids: [String]
    let graph: HNSWGraph

    init(ids: [String], graph: HNSWGraph) {
        precondition(ids.count == graph.shape.count, "an id for each vector")
        (self.ids, self.graph) = (ids, graph)
    }

    package var rowCount: Int { ids.count }
    package var dimension: Int { graph.shape.dimension }
    package var metric: VectorMetric { graph.shape.metric }

    /// The rows nearest to a vector.
    /// - Parameters:
    ///   - count: from 1 to the number of rows.
    ///   - ef: how many candidates are kept on the way: more find better, and take longer.
    ///   - isExact: whether all rows are looked at.
    /// - Throws: `invalidInput`.
    package func neighbours(of vector: [Double], count: Int, ef: Int = efDefault, isExact: Bool = false) throws -> [Neighbour] {
        guard vector.count == dimension else {
            throw MartletError(
                .invalidInput, "the vector: expected \(dimension) numbers, as the index has them, found \(vector.count); give so many")
        }
        try check(count, of: rowCount, "rows", ef)
        do {
            let query = try metric.prepared(vector)
            return try graph.hits(query, count, ef, isExact).map(neighbour)
        } catch let fault as VectorFault {
            throw MartletError(.invalidInput, "the vector: expected one that can be measured from, found one \(fault.words); mend it")
        }
    }

    /// The rows nearest to one of them, without itself.
    /// - Throws: `notFound` where there is no such id; `invalidInput`.
    package func neighbours(ofRow id: String, count: Int, ef: Int = efDefault, isExact: Bool = false) throws -> [Neighbour] {
        guard let position = position(of: id) else {
            throw MartletError(.notFound, "the index has no row '\(id.prefix(80))'; its ids are those of the table that it was made of")
        }
        try check(count, of: rowCount - 1, "other rows", ef)
        return try hits(besides: position, count, ef, isExact).map(neighbour)
    }

    private func check(_ count: Int, of rows: Int, _ what: String, _ ef: Int) throws {
        guard (1...min(Self.neighbourCountMax, max(1, rows))).contains(count), count <= rows else {
            throw MartletError(
                .invalidInput,
                "neighbours: expected 1 to \(min(Self.neighbourCountMax, rows)), as the index has \(rows.grouped) \(what), found \(count)")
        }
        guard (1...Self.efMax).contains(ef) else {
            throw MartletError(.invalidInput, "ef: expected 1 to \(Self.efMax.grouped), found \(ef)")
        }
    }

    private func neighbour(_ hit: HNSWGraph.Hit) -> Neighbour {
        Neighbour(id: ids[hit.position], distance: metric.distance(ofNative: hit.distance))
    }

    /// The order of ids, by their bytes: that of texts would follow the standard library's tables of characters, which change.
    static func isOrdered(_ id: String, before other: String) -> Bool { id.utf8.lexicographicallyPrecedes(other.utf8) }

    /// Where the row of an id is.
    private func position(of id: String) -> Int? {
        var range = ids.startIndex..<ids.endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if ids[middle].utf8.elementsEqual(id.utf8) { return middle }
            range = Self.isOrdered(ids[middle], before: id) ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }

    // MARK: Searching

    /// Near ones of a row of the index, without itself.
    private func hits(besides position: Int, _ count: Int, _ ef: Int, _ isExact: Bool) throws -> [HNSWGraph.Hit] {
        let found = try graph.hits(graph.vector(position), count + 1, ef, isExact)
        return Array(found.filter { $0.position != position }.prefix(count))
    }
}

extension HNSWGraph {
    /// As many near ones as are wanted.
    func hits(_ query: [Float], _ count: Int, _ ef: Int, _ isExact: Bool) throws -> [Hit] {
        let found = isExact ? [] : try near(query, count: count, ef: ef)
        // Many equal vectors may link to one another alone, and then the graph does not lead to as many as there are.
        return found.count == count ? found : try nearest(query, count: count)
    }
}

extension VectorMetric {
    /// The distance as people know it.
    fileprivate func distance(ofNative distance: Float) -> Double {
        switch self {
        // A vector is no nearer to itself than 0, whatever rounding says.
        case .cosine: max(0, Double(distance))
        case .l2: Double(distance).squareRoot()
        case .dot: Double(distance)
        }
    }
}
