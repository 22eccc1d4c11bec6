import MartletCore
import MartletEngines

extension VectorIndex {
    /// How an index is built. Equal options and rows, in whatever order, give equal bytes.
    package struct Options: Sendable, Equatable {
        /// The links of a row in each layer of the graph, HNSW's *M*.
        package var links = 16
        /// How many candidates a row's links are chosen from.
        package var efConstruction = 200
        package var seed: UInt64 = 0

        package init() {}
    }

    /// Indexes rows, on one thread, so that the same rows always give the same index, and measures how well it finds.
    /// - Parameter added: told how many were added, a row at a time; what it throws ends the work.
    /// - Throws: `invalidInput` where rows cannot be indexed; `limitExceeded` where memory is short.
    package static func build(
        _ rows: VectorRows, _ options: Options = Options(), added: (Int) throws -> Void = { _ in }
    ) throws -> (index: VectorIndex, recall: RecallEstimate) {
        let order = try rows.ordered()
        let shape = HNSWGraph.Shape(
            metric: rows.metric, dimension: rows.dimension, count: order.count, links: options.links,
            efConstruction: options.efConstruction, seed: options.seed)
        // Ids often tell of groups, and a graph that grows group after group finds less well.
        var random = SplitMix64(seed: options.seed)
        let insertions = random.shuffledPlaces(order.count).map { (position: $0, row: order[$0]) }
        var recall = RecallMeasurement(shape)
        let graph = try HNSWGraph(shape, vectors: rows.elements, insertions: insertions) { graph, done in
            let start = insertions[done].row * rows.dimension
            try recall.ask(graph, of: done) { Array(rows.elements[start..<start + rows.dimension]) }
            try added(done + 1)
        }
        return (VectorIndex(ids: order.map { rows.ids[$0] }, graph: graph), recall.estimate)
    }
}

extension SplitMix64 {
    /// The places below a total in an order by chance (Fisher and Yates). The standard library's own shuffle may change, and with it the
    /// bytes of an index.
    fileprivate mutating func shuffledPlaces(_ total: Int) -> [Int] {
        var places = Array(0..<total)
        for place in places.indices { places.swapAt(place, place + index(below: total - place)) }
        return places
    }
}
