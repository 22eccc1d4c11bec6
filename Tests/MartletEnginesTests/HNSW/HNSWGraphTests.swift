import MartletCore
import Testing

@testable import MartletEngines

@Suite struct HNSWGraphTests {
    /// Vectors of small whole numbers, of which every sum is exact, so that a naive search must agree to the last tie.
    private func wholeNumbers(_ count: Int, _ dimension: Int, _ random: inout SplitMix64) -> [Float] {
        (0..<count * dimension).map { _ in Float(random.index(below: 7)) - 3 }
    }

    private func graph(_ vectors: [Float], _ metric: VectorMetric, dimension: Int, seed: UInt64 = 1) throws -> HNSWGraph {
        let count = vectors.count / dimension
        let shape = HNSWGraph.Shape(metric: metric, dimension: dimension, count: count, links: 8, efConstruction: 60, seed: seed)
        return try HNSWGraph(shape, vectors: vectors, insertions: (0..<count).map { (position: $0, row: $0) }) { _, _ in }
    }

    private func naive(_ query: [Float], _ vectors: [Float], _ metric: VectorMetric) -> [HNSWGraph.Hit] {
        let dimension = query.count
        return (0..<vectors.count / dimension).map { position in
            let pairs = zip(query, vectors[position * dimension..<(position + 1) * dimension])
            let distance: Float =
                switch metric {
                case .l2: pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
                case .dot: -pairs.reduce(0) { $0 + $1.0 * $1.1 }
                case .cosine: 1 - pairs.reduce(0) { $0 + $1.0 * $1.1 }
                }
            return HNSWGraph.Hit(position: position, distance: distance)
        }.sorted { ($0.distance, $0.position) < ($1.distance, $1.position) }
    }

    @Test(arguments: VectorMetric.allCases)
    func `the exact search is that of a naive one, ties included`(metric: VectorMetric) throws {
        var random = SplitMix64(seed: 11)
        for dimension in [1, 2, 3, 15, 16, 17, 33, 48] {
            let vectors = wholeNumbers(120, dimension, &random)
            let graph = try graph(vectors, metric, dimension: dimension)
            for count in [1, 7, 120] {
                let query = wholeNumbers(1, dimension, &random)
                let expected = Array(naive(query, vectors, metric).prefix(count))
                #expect(try graph.nearest(query, count: count) == expected, "dimension \(dimension), \(count) of 120")
            }
        }
    }

    @Test(arguments: VectorMetric.allCases)
    func `a search through the graph misses few, and fewer with more candidates`(metric: VectorMetric) throws {
        var random = SplitMix64(seed: 12)
        let vectors = wholeNumbers(1_000, 12, &random)
        let graph = try graph(vectors, metric, dimension: 12)
        var found = [20: 0, 200: 0]
        for _ in 0..<100 {
            let query = wholeNumbers(1, 12, &random)
            let farthest = try #require(try graph.nearest(query, count: 10).last).distance
            for ef in found.keys {
                found[ef, default: 0] += try graph.near(query, count: 10, ef: ef).count { $0.distance <= farthest }
            }
        }
        #expect(found[200, default: 0] >= 950)
        #expect(found[200, default: 0] >= found[20, default: 0])
    }

    @Test func `equal vectors, order and seed give equal links; another seed gives others`() throws {
        var random = SplitMix64(seed: 13)
        let vectors = wholeNumbers(500, 8, &random)
        let links = try graph(vectors, .l2, dimension: 8).linkBytes
        #expect(try graph(vectors, .l2, dimension: 8).linkBytes == links)
        #expect(try graph(vectors, .l2, dimension: 8, seed: 2).linkBytes != links)
    }

    @Test func `a graph that was written answers as before once it is read`() throws {
        var random = SplitMix64(seed: 14)
        let vectors = wholeNumbers(400, 6, &random)
        let graph = try graph(vectors, .dot, dimension: 6)
        let read = try vectors.withUnsafeBytes { vectors in
            try graph.linkBytes.withUnsafeBytes { try HNSWGraph(graph.shape, vectors: vectors, links: $0) }
        }
        #expect(read.linkBytes == graph.linkBytes)
        for position in [0, 7, 399] {
            let vector = Array(vectors[position * 6..<(position + 1) * 6])
            #expect(read.vector(position) == vector)
            #expect(try read.near(vector, count: 20, ef: 40) == graph.near(vector, count: 20, ef: 40))
        }
    }

    @Test func `links with any damage are refused, or lead only to vectors that are there`() throws {
        var random = SplitMix64(seed: 15)
        let vectors = wholeNumbers(200, 4, &random)
        let graph = try graph(vectors, .l2, dimension: 4)
        let whole = graph.linkBytes
        var refused = 0
        for _ in 0..<2_000 {
            var bytes = whole
            for _ in 0...random.index(below: 3) { bytes[random.index(below: bytes.count)] ^= 1 << UInt8(random.index(below: 8)) }
            if random.index(below: 4) == 0 { bytes.removeLast(1 + random.index(below: bytes.count)) }
            do {
                let read = try vectors.withUnsafeBytes { vectors in
                    try bytes.withUnsafeBytes { try HNSWGraph(graph.shape, vectors: vectors, links: $0) }
                }
                let hits = try read.near([0, 0, 0, 0], count: 10, ef: 50)
                #expect(hits.allSatisfy { (0..<200).contains($0.position) })
            } catch let error as MartletError {
                #expect(error.code == .corrupt)
                refused += 1
            }
        }
        #expect(refused > 1_000)
    }

    @Test func `vectors from which nothing can be measured, and shapes beyond the limits, are refused`() throws {
        for vector: [Float] in [[.nan, 0], [.infinity, 0], [1e19, 0]] {
            let error = #expect(throws: MartletError.self) { try graph([0, 1] + vector, .l2, dimension: 2) }
            #expect(error?.code == .invalidInput)
        }
        for (dimension, links, construction) in [(2, 1, 60), (2, 129, 60), (2, 8, 0), (2, 8, 4_097), (4_097, 8, 60)] {
            let shape = HNSWGraph.Shape(
                metric: .l2, dimension: dimension, count: 1, links: links, efConstruction: construction, seed: 0)
            let error = #expect(throws: MartletError.self) {
                try HNSWGraph(shape, vectors: [Float](repeating: 0, count: dimension), insertions: [(position: 0, row: 0)]) { _, _ in }
            }
            #expect(error?.code == .invalidInput)
        }
    }

    @Test func `a graph answers while it is made, and work that is given up ends`() throws {
        struct GivenUp: Error {}
        let shape = HNSWGraph.Shape(metric: .l2, dimension: 1, count: 3, links: 4, efConstruction: 4, seed: 0)
        var told: [Int] = []
        #expect(throws: GivenUp.self) {
            _ = try HNSWGraph(shape, vectors: [1, 2, 3], insertions: (0..<3).map { (position: $0, row: $0) }) { graph, done in
                told.append(done)
                if done > 0 { #expect(try graph.nearest([9], count: done).first?.position == done - 1) }
                if done == 2 { throw GivenUp() }
            }
        }
        #expect(told == [0, 1, 2])
    }
}
