package import MartletEngines

/// A forest that is ready to score: exact leaves, on whatever vector instructions the processor has.
///
/// Raw scores are sums of fixed-point numbers: they do not depend on the processor, on the number of rows of a call or on the
/// order of the trees, and differ from a sum of doubles by no more than such a sum's own rounding.
package final class CompiledForest: Sendable {
    /// The features' names in the order of a row.
    package let featureNames: [String]
    /// How many numbers a prediction has.
    package let outputCount: Int
    /// How many raw scores a row has.
    package let groupCount: Int
    /// How many trees there are.
    package let treeCount: Int
    package let transform: ForestTransform
    private let program: ForestProgram
    private let baseScores: [Double]
    /// What a sum is multiplied by: the unit of the last place.
    private let unit: Double
    /// By how much raw scores are divided before they are transformed: 1, or the number of iterations where a forest is averaged.
    private let divisor: Double

    /// Compiles. Cost: about 12 ms for 500 trees of 64 leaves.
    /// - Throws: `invalidInput` for categories beyond 2^24.
    package init(_ forest: Forest, instructions: ForestInstructions = .best) throws {
        var compiler = try ForestCompiler(forest, instructions: instructions)
        program = compiler.program()
        featureNames = forest.featureNames
        groupCount = forest.groupCount
        treeCount = forest.trees.count
        transform = forest.transform
        outputCount = forest.transform.outputCount(groupCount: forest.groupCount)
        baseScores = forest.baseScores
        unit = Double(sign: .plus, exponent: -compiler.fractionBits, significand: 1)
        divisor = forest.isAveraged ? Double(max(1, forest.iterationCount)) : 1
    }

    /// The instructions that it runs on.
    package var instructions: ForestInstructions { program.instructions }

    /// Predicts rows of floats.
    /// - Parameters:
    ///   - raw: whether raw scores are wanted, not predictions.
    ///   - output: `[rows, outputCount]`; `[rows, groupCount]` where `raw`.
    package func predict(
        _ values: UnsafeBufferPointer<Float>, _ layout: RowLayout, raw: Bool = false, into output: UnsafeMutableBufferPointer<Double>
    ) {
        predict(ForestRows(values, layout, featureCount: featureNames.count), raw: raw, into: output)
    }

    /// Predicts rows of doubles.
    package func predict(
        _ values: UnsafeBufferPointer<Double>, _ layout: RowLayout, raw: Bool = false, into output: UnsafeMutableBufferPointer<Double>
    ) {
        predict(ForestRows(values, layout, featureCount: featureNames.count), raw: raw, into: output)
    }

    /// Rows of one piece of work: few enough that their sums stay in the nearest cache.
    private static let pieceRowCount = 1024

    private func predict(_ rows: ForestRows, raw: Bool, into output: UnsafeMutableBufferPointer<Double>) {
        let width = raw ? groupCount : outputCount
        precondition(output.count >= rows.count * width, "too little room for the predictions")
        let size = min(rows.count, Self.pieceRowCount) * groupCount
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: max(1, size)) { sums in
            for start in stride(from: 0, to: rows.count, by: Self.pieceRowCount) {
                let piece = rows.piece(start, min(Self.pieceRowCount, rows.count - start))
                program.sum(piece, into: sums)
                let part = UnsafeMutableBufferPointer(rebasing: output[start * width..<(start + piece.count) * width])
                finish(sums, count: piece.count, raw: raw, into: part)
            }
        }
    }

    private func finish(
        _ sums: UnsafeMutableBufferPointer<Int64>, count: Int, raw: Bool, into output: UnsafeMutableBufferPointer<Double>
    ) {
        guard !raw, outputCount != groupCount else {
            score(sums, count: count, divisor: raw ? 1 : divisor, into: output)
            if !raw { transform.apply(to: output, groupCount: groupCount) }
            return
        }
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, count * groupCount)) { memory in
            let scores = UnsafeMutableBufferPointer(rebasing: memory[..<(count * groupCount)])
            score(sums, count: count, divisor: divisor, into: scores)
            transform.apply(to: scores, groupCount: groupCount)
            for index in output.indices { output[index] = scores[index] }
        }
    }

    private func score(
        _ sums: UnsafeMutableBufferPointer<Int64>, count: Int, divisor: Double, into scores: UnsafeMutableBufferPointer<Double>
    ) {
        let scale = unit / divisor
        for group in 0..<groupCount {
            let base = baseScores[group] / divisor
            for index in stride(from: group, to: count * groupCount, by: groupCount) {
                scores[index] = base + Double(sums[index]) * scale
            }
        }
    }

    /// Each tree's leaf, by its number in the file: `[rows, treeCount]`.
    package func leaves(_ values: [Double], rowCount: Int) -> [Int32] {
        values.withUnsafeBufferPointer { buffer in
            leaves(ForestRows(buffer, .rows(rowCount, columns: featureNames.count), featureCount: featureNames.count))
        }
    }

    /// Each tree's leaf, by its number in the file: `[rows, treeCount]`.
    package func leaves(_ values: [Float], rowCount: Int) -> [Int32] {
        values.withUnsafeBufferPointer { buffer in
            leaves(ForestRows(buffer, .rows(rowCount, columns: featureNames.count), featureCount: featureNames.count))
        }
    }

    private func leaves(_ rows: ForestRows) -> [Int32] {
        var sums = [Int64](repeating: 0, count: rows.count * groupCount)
        return [Int32](unsafeUninitializedCapacity: rows.count * treeCount) { leaves, count in
            sums.withUnsafeMutableBufferPointer { program.sum(rows, into: $0, leaves: leaves) }
            count = rows.count * treeCount
        }
    }
}

extension CompiledForest {
    /// Predicts rows that lie row by row in an array.
    /// - Returns: `[rows, outputCount]`; `[rows, groupCount]` where `raw`.
    package func predictions(_ values: [Double], rowCount: Int, raw: Bool = false) -> [Double] {
        array(rowCount, raw) { output in
            values.withUnsafeBufferPointer { predict($0, .rows(rowCount, columns: featureNames.count), raw: raw, into: output) }
        }
    }

    /// Predicts rows that lie row by row in an array.
    /// - Returns: `[rows, outputCount]`; `[rows, groupCount]` where `raw`.
    package func predictions(_ values: [Float], rowCount: Int, raw: Bool = false) -> [Double] {
        array(rowCount, raw) { output in
            values.withUnsafeBufferPointer { predict($0, .rows(rowCount, columns: featureNames.count), raw: raw, into: output) }
        }
    }

    private func array(_ rowCount: Int, _ raw: Bool, _ body: (UnsafeMutableBufferPointer<Double>) -> Void) -> [Double] {
        let count = rowCount * (raw ? groupCount : outputCount)
        return [Double](unsafeUninitializedCapacity: count) { output, initialized in
            body(output)
            initialized = count
        }
    }
}
