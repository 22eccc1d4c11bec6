package import MartletCore
import MartletEngines

/// Rows that are to be indexed, in the order of their table. Those that cannot be are counted by the reason.
package struct VectorRows: Sendable {
    package let metric: VectorMetric
    package let dimension: Int
    private(set) var ids: [String] = []
    private(set) var elements: [Float] = []
    private var faults: [VectorFault: (count: Int, firstRow: Int)] = [:]
    package private(set) var rowCount = 0

    package init(metric: VectorMetric, dimension: Int) { (self.metric, self.dimension) = (metric, dimension) }

    /// Adds the next row. - Parameter vector: `nan` is missing.
    package mutating func append(id: String?, vector: [Double]) {
        rowCount += 1
        do {
            let kept = try checked(id, vector)
            ids.append(kept.id)
            elements += kept.vector
        } catch {
            faults[error, default: (0, rowCount)].count += 1
        }
    }

    private func checked(_ id: String?, _ vector: [Double]) throws(VectorFault) -> (id: String, vector: [Float]) {
        guard let id else { throw .idMissing }
        guard id.utf8.count <= VectorFault.idBytesMax else { throw .idTooLong }
        guard vector.count == dimension else { throw .otherLength }
        return (id, try metric.prepared(vector))
    }

    /// The rows by their ids, ascending: an index without some of its rows, or with two of one id, would answer wrongly and say nothing.
    /// - Throws: `invalidInput` with how many rows cannot be indexed, and why.
    func ordered() throws -> [Int] {
        guard rowCount > 0 else { throw MartletError(.invalidInput, "the table has no rows, and an index has at least one") }
        guard faults.isEmpty else {
            let reasons = VectorFault.allCases.compactMap { fault in
                faults[fault].map { "\($0.count.grouped) \(fault.words) (the first is row \($0.firstRow.grouped))" }
            }
            let count = faults.values.reduce(0) { $0 + $1.count }
            throw MartletError(
                .invalidInput,
                "\(count.grouped) of \(rowCount.grouped) rows cannot be indexed: \(reasons.joined(separator: ", ")); leave them out or mend "
                    + "them before, as a dataset's contract does")
        }
        let order = ids.indices.sorted { first, second in
            ids[first].utf8.elementsEqual(ids[second].utf8) ? first < second : VectorIndex.isOrdered(ids[first], before: ids[second])
        }
        for (first, second) in zip(order, order.dropFirst()) where ids[first].utf8.elementsEqual(ids[second].utf8) {
            throw MartletError(
                .invalidInput, "rows \((first + 1).grouped) and \((second + 1).grouped) have the same id; an id names one row of an index")
        }
        return order
    }
}
