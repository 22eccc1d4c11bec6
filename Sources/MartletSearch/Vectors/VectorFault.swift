package import MartletCore
import MartletEngines

/// Why a row cannot be indexed.
package enum VectorFault: String, Error, Sendable, CaseIterable {
    case idMissing, idTooLong, notFinite, otherLength, zero, tooLong

    /// The most bytes that an id has.
    package static let idBytesMax = 1_024

    /// What a row has that is of this kind: `12 rows with an id that is missing`.
    package var words: String {
        switch self {
        case .idMissing: "without an id"
        case .idTooLong: "with an id of more than \(Self.idBytesMax.grouped) bytes"
        case .notFinite: "with a number that is missing, not finite or too large"
        case .otherLength: "with a list of another length"
        case .zero: "of zeros, which has no direction and so no cosine"
        case .tooLong: "of a length beyond \(HNSWGraph.squaresMax.squareRoot().rounded()), from which nothing can be measured"
        }
    }
}

extension VectorMetric {
    /// A vector as an index keeps it; for `cosine` of length 1.
    package func prepared(_ vector: [Double]) throws(VectorFault) -> [Float] {
        guard vector.allSatisfy(\.isFinite) else { throw .notFinite }
        guard self != .cosine else { return try Self.direction(vector) }
        let kept = vector.map { Float($0) }
        guard kept.allSatisfy(\.isFinite) else { throw .notFinite }
        guard kept.reduce(0, { $0 + Double($1) * Double($1) }) <= HNSWGraph.squaresMax else { throw .tooLong }
        return kept
    }

    private static func direction(_ vector: [Double]) throws(VectorFault) -> [Float] {
        let largest = vector.reduce(0) { max($0, $1.magnitude) }
        guard largest > 0 else { throw .zero }
        // Scaled before it is squared, so that neither the smallest nor the largest numbers lose their direction.
        let length = vector.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }.squareRoot()
        return vector.map { Float($0 / largest / length) }
    }
}
