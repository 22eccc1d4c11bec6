import MartletCore
import Testing

@testable import MartletSearch

@Suite struct VectorIndexTests {
    private func index(_ metric: VectorMetric, _ rows: KeyValuePairs<String, [Double]>) throws -> VectorIndex {
        var all = VectorRows(metric: metric, dimension: rows.first?.value.count ?? 0)
        for (id, vector) in rows { all.append(id: id, vector: vector) }
        return try VectorIndex.build(all).index
    }

    /// The distance as a textbook has it.
    private func distance(_ metric: VectorMetric, _ left: [Double], _ right: [Double]) -> Double {
        let dot = zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
        switch metric {
        case .dot: return -dot
        case .l2: return zip(left, right).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        case .cosine:
            let lengths = [left, right].map { vector in vector.reduce(0) { $0 + $1 * $1 }.squareRoot() }
            return 1 - dot / lengths[0] / lengths[1]
        }
    }

    @Test(arguments: VectorMetric.allCases)
    func `exact neighbours are those of a naive search, with its distances`(metric: VectorMetric) throws {
        let data = RandomRows(300, dimension: 13, seed: 21)
        let index = try data.index(metric)
        for query in RandomRows(20, dimension: 13, seed: 22).vectors {
            let found = try index.neighbours(of: query, count: 10, isExact: true)
            let expected = data.vectors.map { distance(metric, query, $0) }.sorted()
            // Elements are kept as floats of 24 bits.
            for (neighbour, distance) in zip(found, expected) { #expect(abs(neighbour.distance - distance) < 1e-4) }
            for neighbour in found {
                let row = try #require(Int(neighbour.id.dropFirst()))
                #expect(abs(self.distance(metric, query, data.vectors[row]) - neighbour.distance) < 1e-4)
            }
        }
    }

    @Test(arguments: [(VectorMetric.cosine, 0.98), (.l2, 0.98), (.dot, 0.95)])
    func `by default few neighbours are missed, as the index itself measures`(metric: VectorMetric, bound: Double) throws {
        let data = RandomRows(2_000, dimension: 24, seed: 23)
        let (index, estimate) = try VectorIndex.build(data.rows(metric))
        let recall = try #require(estimate.recall)
        #expect(recall >= bound)
        #expect(recall <= 1)
        #expect(estimate.queryCount == 200)
        #expect(try VectorIndex.build(data.rows(metric)).recall == estimate)
        // What was measured on the way holds for vectors that the index has never seen.
        var found = 0
        let queries = RandomRows(200, dimension: 24, seed: 23, offset: 2_000).vectors
        for query in queries {
            let farthest = try #require(try index.neighbours(of: query, count: 10, isExact: true).last).distance
            found += try index.neighbours(of: query, count: 10).count { $0.distance <= farthest }
        }
        #expect(abs(Double(found) / 2_000 - recall) < 0.02)
    }

    @Test func `equally near rows come by their ids`() throws {
        let index = try index(.l2, ["d": [0, 1], "b": [1, 0], "a": [0, -1], "c": [-1, 0], "e": [3, 3]])
        for isExact in [false, true] {
            #expect(try index.neighbours(of: [0, 0], count: 4, isExact: isExact).map(\.id) == ["a", "b", "c", "d"])
            #expect(try index.neighbours(of: [0, 0], count: 2, isExact: isExact).map(\.id) == ["a", "b"])
        }
    }

    @Test func `what is like a row is not the row itself, even among rows that are equal to it`() throws {
        let index = try index(.l2, ["a": [1, 1], "b": [1, 1], "c": [1, 1], "d": [5, 5]])
        for isExact in [false, true] {
            #expect(try index.neighbours(ofRow: "b", count: 3, isExact: isExact).map(\.id) == ["a", "c", "d"])
        }
        #expect(try index.neighbours(ofRow: "d", count: 1).map(\.id) == ["a"])
    }

    @Test func `as many come as were asked for, also where all rows are equal`() throws {
        var rows = VectorRows(metric: .cosine, dimension: 3)
        for row in 0..<500 { rows.append(id: "\(row)", vector: [1, 2, 3]) }
        let index = try VectorIndex.build(rows).index
        for count in [1, 10, 499] { #expect(try index.neighbours(ofRow: "250", count: count).count == count) }
        #expect(try index.neighbours(of: [2, 4, 6], count: 500).allSatisfy { $0.distance < 1e-6 })
    }

    @Test func `a cosine knows the direction alone, of the smallest and the largest numbers too`() throws {
        let index = try index(.cosine, ["east": [1e-300, 0], "north": [0, 1e300], "west": [-7, 0]])
        let found = try index.neighbours(of: [5, 1], count: 3)
        #expect(found.map(\.id) == ["east", "north", "west"])
        #expect(abs(found[0].distance - (1 - 5 / 26.0.squareRoot())) < 1e-6)
        #expect(try index.neighbours(of: [3e-300, 0], count: 1)[0] == VectorIndex.Neighbour(id: "east", distance: 0))
    }

    @Test func `how well one row is found was never measured`() throws {
        var rows = VectorRows(metric: .l2, dimension: 1)
        rows.append(id: "only", vector: [1])
        #expect(try VectorIndex.build(rows).recall == RecallEstimate(recall: nil, queryCount: 0))
        rows.append(id: "other", vector: [2])
        #expect(try VectorIndex.build(rows).recall == RecallEstimate(recall: 1, queryCount: 1))
    }

    @Test func `one row is an index, which has no others`() throws {
        let index = try index(.cosine, ["only": [1, 0]])
        #expect(try index.neighbours(of: [0, 1], count: 1).map(\.id) == ["only"])
        let error = #expect(throws: MartletError.self) { try index.neighbours(ofRow: "only", count: 1) }
        #expect(error?.message == "neighbours: expected 1 to 0, as the index has 0 other rows, found 1")
    }

    @Test func `what cannot be asked is refused with what could be`() throws {
        let index = try index(.cosine, ["a": [1, 0], "b": [0, 1], "c": [1, 1]])
        func message(_ body: () throws -> [VectorIndex.Neighbour]) -> String {
            #expect(throws: MartletError.self) { try body() }?.message ?? ""
        }
        #expect(message { try index.neighbours(of: [1], count: 1) }.hasPrefix("the vector: expected 2 numbers"))
        #expect(message { try index.neighbours(of: [0, 0], count: 1) }.contains("no cosine"))
        #expect(message { try index.neighbours(of: [.nan, 0], count: 1) }.contains("not finite"))
        #expect(message { try index.neighbours(of: [1, 0], count: 4) } == "neighbours: expected 1 to 3, as the index has 3 rows, found 4")
        #expect(message { try index.neighbours(of: [1, 0], count: 0) }.contains("found 0"))
        #expect(message { try index.neighbours(of: [1, 0], count: 1, ef: 0) } == "ef: expected 1 to 100,000, found 0")
        #expect(message { try index.neighbours(ofRow: "a", count: 3) }.contains("2 other rows"))
        let unknown = #expect(throws: MartletError.self) { try index.neighbours(ofRow: "z", count: 1) }
        #expect(unknown?.code == .notFound)
    }
}
