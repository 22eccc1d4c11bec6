import MartletCore
import MartletEngines

/// Which share of the rows that are really nearest a search finds.
package struct RecallEstimate: Sendable, Equatable {
    /// From 0 to 1; `nil` where nothing could be asked, of an index of one row.
    package let recall: Double?
    /// With how many vectors it was measured.
    package let queryCount: Int
}

/// Measures how well a graph finds while it is made: the last rows, which the order of additions chose by chance, are asked about before
/// they are added.
///
/// A row that is in the graph is found by its own links, so that recall of its neighbours says too much about vectors that are new.
struct RecallMeasurement {
    static let queryCountMax = 1_000
    /// Multiplications that the exact answers may take together, about ten seconds of a core; a tenth of the queries is asked in any case.
    private static let workMax = 20_000_000_000
    private static let neighbourCount = 10

    /// From which addition on it asks.
    private let start: Int
    private var (wanted, found, queryCount) = (0, 0, 0)

    init(_ shape: HNSWGraph.Shape) {
        let affordable = max(Self.workMax / (shape.count * shape.dimension), Self.queryCountMax / 10)
        // A graph that lacks more than a tenth of its rows is another one; the first has nothing to be found.
        start = max(1, shape.count - min(Self.queryCountMax, affordable, (shape.count + 9) / 10))
    }

    /// What was found.
    var estimate: RecallEstimate {
        RecallEstimate(recall: wanted == 0 ? nil : Double(found) / Double(wanted), queryCount: queryCount)
    }

    /// Asks the default search and the exact one. What is as near as the farthest exact answer is found.
    mutating func ask(_ graph: HNSWGraph, of rowCount: Int, _ query: () -> [Float]) throws {
        guard rowCount >= start else { return }
        let query = query()
        let count = min(Self.neighbourCount, rowCount)
        guard let farthest = try graph.nearest(query, count: count).last?.distance else { return }
        found += try graph.hits(query, count, VectorIndex.efDefault, false).count { $0.distance <= farthest }
        wanted += count
        queryCount += 1
    }
}
