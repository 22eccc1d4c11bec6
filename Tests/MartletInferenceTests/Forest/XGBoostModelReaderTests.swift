import MartletCore
import Testing

@testable import MartletInference

/// The reader and the reference beside XGBoost itself, which saved the models and was asked about the same rows.
@Suite struct XGBoostModelReaderTests {
    private static let batches = [0..<95, 95..<190]

    @Test(arguments: batches)
    func `every row ends in the leaves in which XGBoost sees it`(seeds: Range<Int>) async throws {
        for model in try await XGBoostAnswers.make(seeds: seeds) {
            let reference = ForestReference(try XGBoostModelReader.forest(json: model.json, named: model.name))
            let found = model.rows.flatMap { reference.leaves($0) }
            let wrong = zip(found, model.leaves).enumerated().first { $0.element.1 >= 0 && $0.element.0 != Int($0.element.1) }
            #expect(found.count == model.leaves.count, "\(model.name)")
            #expect(wrong == nil, "\(model.name): \(wrong.map { model.rows[$0.offset / reference.forest.trees.count] } ?? [])")
        }
    }

    @Test(arguments: batches)
    func `leaves added in single precision are XGBoost's margins to the last bit`(seeds: Range<Int>) async throws {
        for model in try await XGBoostAnswers.make(seeds: seeds) {
            let reference = ForestReference(try XGBoostModelReader.forest(json: model.json, named: model.name))
            let groups = reference.forest.groupCount
            let wrong = model.rows.indices.first { row in
                model.leaves[row * reference.forest.trees.count] >= 0
                    && singlePrecisionScores(reference, model.rows[row]) != Array(model.margins[row * groups..<(row + 1) * groups])
            }
            #expect(wrong == nil, "\(model.name): \(wrong.map { model.rows[$0] } ?? [])")
        }
    }

    @Test(arguments: batches)
    func `raw scores and predictions are XGBoost's but for its rounding`(seeds: Range<Int>) async throws {
        for model in try await XGBoostAnswers.make(seeds: seeds) {
            let forest = try XGBoostModelReader.forest(json: model.json, named: model.name)
            let reference = ForestReference(forest)
            let outputs = forest.transform.outputCount(groupCount: forest.groupCount)
            for (index, row) in model.rows.enumerated() {
                let bound = roundingBound(reference, row)
                let raw = reference.rawScores(row)
                let margins = model.margins[index * forest.groupCount..<(index + 1) * forest.groupCount]
                #expect(zip(raw, margins).allSatisfy { abs($0 - Double($1)) <= bound }, "\(model.name): \(row)")
                let expected = Array(model.predictions[index * outputs..<(index + 1) * outputs])
                #expect(isNear(reference.predictions(row), expected, forest.transform, raw, bound), "\(model.name): \(row)")
            }
        }
    }

    @Test func `UBJSON holds the same forest as JSON`() async throws {
        for model in try await XGBoostAnswers.make(seeds: 1_000..<1_038) {
            let json = try XGBoostModelReader.forest(json: model.json, named: model.name)
            #expect(try XGBoostModelReader.forest(ubjson: model.ubjson, named: model.name) == json, "\(model.name)")
            #expect(try Forest(bytes: model.json, named: "") == json && Forest(bytes: model.ubjson, named: "") == json, "\(model.name)")
        }
    }

    // MARK: Rounding

    /// What the library's own way of adding gives: single precision, from the base score on, tree by tree.
    private func singlePrecisionScores(_ reference: ForestReference, _ row: [Double]) -> [Float] {
        var sums = reference.forest.baseScores.map { Float($0) }
        for (tree, leaf) in zip(reference.forest.trees, reference.leaves(row)) { sums[tree.group] += Float(tree.leaves[leaf]) }
        return sums
    }

    /// How far rounding can lead: of each sum, of each leaf's weight, and of the base score that DART adds and takes off again.
    private func roundingBound(_ reference: ForestReference, _ row: [Double]) -> Double {
        let leaves = zip(reference.forest.trees, reference.leaves(row)).map { abs($0.leaves[$1]) }
        let sum = leaves.reduce(reference.forest.baseScores.map(abs).max() ?? 0, +)
        return Double(2 * leaves.count + 2) * 0x1p-24 * sum
    }

    private func isNear(
        _ found: [Double], _ expected: [Float], _ transform: ForestTransform, _ raw: [Double], _ bound: Double
    ) -> Bool {
        switch transform {
        case .identity: return zip(found, expected).allSatisfy { abs($0 - Double($1)) <= bound }
        case .step: return raw.allSatisfy { abs($0) <= bound } || found.map { Float($0) } == expected
        case .largest:
            let sorted = raw.sorted(by: >)
            return sorted.count > 1 && sorted[0] - sorted[1] <= 2 * bound || found.map { Float($0) } == expected
        default:
            // The library's exp and division round a few times too; its logistic function ends at exp(88.7).
            return zip(found, expected).allSatisfy { found, expected in
                Float(found) == expected || abs(found - Double(expected)) <= (2 * bound + 2e-6) * abs(Double(expected)) + 1e-37
            }
        }
    }
}
