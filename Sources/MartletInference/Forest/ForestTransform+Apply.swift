import Foundation

extension ForestTransform {
    /// How many numbers a prediction has: one where a group is picked, else one a group.
    package func outputCount(groupCount: Int) -> Int { self == .largest ? 1 : groupCount }

    /// Turns raw scores into predictions, in place.
    ///
    /// - Parameters:
    ///   - scores: `[rows, groupCount]`, row by row. Afterwards `[rows, outputCount]`, from the start; what is behind stays as it was.
    ///   - groupCount: how many raw scores a row has, at least 1.
    /// - Complexity: O(scores).
    package func apply(to scores: inout [Double], groupCount: Int) {
        scores.withUnsafeMutableBufferPointer { apply(to: $0, groupCount: groupCount) }
    }

    /// The same for scores that lie anywhere in memory.
    package func apply(to scores: UnsafeMutableBufferPointer<Double>, groupCount: Int) {
        precondition(groupCount > 0 && scores.count % groupCount == 0, "expected whole rows of \(groupCount) scores")
        switch self {
        case .identity: break
        case .sigmoid(let slope): for index in scores.indices { scores[index] = 1 / (1 + exp(-slope * scores[index])) }
        case .exponential: for index in scores.indices { scores[index] = exp(scores[index]) }
        case .softplus: for index in scores.indices { scores[index] = Self.softplus(scores[index]) }
        case .signedSquare: for index in scores.indices { scores[index] *= abs(scores[index]) }
        case .step: for index in scores.indices { scores[index] = scores[index] > 0 ? 1 : 0 }
        case .softmax:
            for start in stride(from: 0, to: scores.count, by: groupCount) {
                Self.softmax(UnsafeMutableBufferPointer(rebasing: scores[start..<start + groupCount]))
            }
        case .largest:
            for row in 0..<scores.count / groupCount {
                let first = row * groupCount
                scores[row] = Double(Self.largest(UnsafeMutableBufferPointer(rebasing: scores[first..<first + groupCount])))
            }
        }
    }

    /// `log(1 + exp(x))` without overflow: beyond 36 it is x to the last bit.
    private static func softplus(_ score: Double) -> Double { score > 36 ? score : log1p(exp(score)) }

    /// The largest score is taken off first, so that nothing overflows.
    private static func softmax(_ row: UnsafeMutableBufferPointer<Double>) {
        var largest = row[0]
        for score in row where score > largest { largest = score }
        var sum = 0.0
        for index in row.indices {
            row[index] = exp(row[index] - largest)
            sum += row[index]
        }
        for index in row.indices { row[index] /= sum }
    }

    /// The first of the largest.
    private static func largest(_ row: UnsafeMutableBufferPointer<Double>) -> Int {
        var largest = 0
        for index in row.indices where row[index] > row[largest] { largest = index }
        return largest
    }
}
