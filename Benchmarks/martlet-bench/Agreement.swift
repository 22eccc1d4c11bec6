import MartletEngines
import MartletInference

/// How far Martlet's answers are LightGBM's.
struct Agreement: Encodable {
    let instructions: String
    let input: Precision
    let rows: Int
    /// Of all rows' trees, those whose leaf is not LightGBM's.
    let leavesDiffering: Int
    /// The largest difference of raw scores, relative to LightGBM's where that is above one.
    let rawDifferenceMax: Double

    private static let rowCountMax = 5_000

    /// Compares the first rows, in both precisions.
    static func all(_ ours: MartletScorer, _ peer: LightGBMScorer, _ rows: BenchmarkRows) throws -> [Agreement] {
        let count = min(rows.count, rowCountMax)
        let forest = ours.forest
        return Precision.allCases.map { precision in
            let (leaves, raw) =
                switch precision {
                case .single: (forest.leaves(rows.floats, rowCount: count), forest.predictions(rows.floats, rowCount: count, raw: true))
                case .double: (forest.leaves(rows.doubles, rowCount: count), forest.predictions(rows.doubles, rowCount: count, raw: true))
                }
            let (peerLeaves, peerRaw) = rows.withBytes(precision) { bytes in
                (
                    peer.answers(bytes, precision, count: count, width: forest.treeCount, .leaves),
                    peer.answers(bytes, precision, count: count, width: forest.groupCount, .raw)
                )
            }
            return Agreement(
                instructions: forest.instructions.rawValue, input: precision, rows: count,
                leavesDiffering: zip(leaves, peerLeaves).count { Double($0) != $1 },
                rawDifferenceMax: zip(raw, peerRaw).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0)
        }
    }
}

extension BenchmarkRows {
    /// The rows' memory in one precision.
    fileprivate func withBytes<Result>(_ precision: Precision, _ body: (UnsafeRawPointer) -> Result) -> Result {
        let read = { (bytes: UnsafeRawBufferPointer) in
            guard let base = bytes.baseAddress else { preconditionFailure("there is at least one row") }
            return body(base)
        }
        return switch precision {
        case .single: floats.withUnsafeBytes(read)
        case .double: doubles.withUnsafeBytes(read)
        }
    }
}
