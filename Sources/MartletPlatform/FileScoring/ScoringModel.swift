import Glibc
package import MartletCore
import MartletEngines
package import MartletInference

/// A forest that scores columns of a table: what it reads, how texts become its numbers, and what it answers.
package struct ScoringModel: Sendable {
    /// The most features of a model that files are scored with.
    package static let featureCountMax = 10_000

    /// How people named it, for messages.
    package let name: String
    /// Of the model's file, or of its release.
    package let digest: Digest
    /// The features' names, in the forest's order.
    package let features: [String]
    /// The values of each feature that is a text; a value's position is its number.
    let categories: [String: [String]]
    /// The column whose groups have factors, and how a prediction becomes the quantity.
    let scaleBy: String?
    private let scale: ResponseScale
    private let forest: CompiledForest

    /// A model with what its release knows of it; of a bare file nothing but the trees is known.
    package init(
        name: String, digest: Digest, forest: CompiledForest, features: [String]? = nil, categories: [String: [String]] = [:],
        scale: ResponseScale = .identity, scaleBy: String? = nil
    ) throws {
        guard forest.featureNames.count <= Self.featureCountMax else {
            throw MartletError(
                .limitExceeded, "'\(name)' reads \(forest.featureNames.count) features; files are scored with up to \(Self.featureCountMax)")
        }
        self.name = name
        self.digest = digest
        self.forest = forest
        self.features = features ?? forest.featureNames
        self.categories = categories
        self.scale = scale
        self.scaleBy = scaleBy
    }

    /// The names of the columns that it answers: `prediction`, or `prediction_0`, … for several classes.
    func outputs(raw: Bool) -> [String] {
        let count = raw ? forest.groupCount : forest.outputCount
        return count == 1 ? ["prediction"] : (0..<count).map { "prediction_\($0)" }
    }

    /// Whether the features have only made-up names: the file has none.
    var hasMadeUpNames: Bool {
        features.enumerated().allSatisfy { position, name in
            ["f\(position)", "Column_\(position)", "feature_\(position)"].contains(name)
        }
    }

    /// The groups that have factors of their own, in the order of their numbers.
    var groups: [String] {
        guard scaleBy != nil, case .log(let factors, _) = scale else { return [] }
        return factors.keys.sorted()
    }

    /// The function of rows: the features and, where there is a `scaleBy`, the number of the row's group.
    /// - Parameter onRows: told how many rows were scored; from several threads.
    func function(
        named name: String, of argumentType: DuckDBRowFunction.ArgumentType, raw: Bool, onRows: @escaping @Sendable (Int) -> Void
    ) -> DuckDBRowFunction {
        let factors = raw ? nil : factors
        let width = features.count
        return DuckDBRowFunction(
            name: name, argumentType: argumentType, argumentCount: width + (scaleBy == nil ? 0 : 1), outputs: outputs(raw: raw)
        ) { [forest] rows, results in
            let layout = RowLayout(rowCount: rows.rowCount, rowStride: 1, columnStride: rows.argumentStride)
            switch rows.values {
            case .floats(let values):
                forest.predict(values, layout, raw: raw, into: results)
                factors?.apply(to: results, groups: values, from: width * rows.argumentStride)
            case .doubles(let values):
                forest.predict(values, layout, raw: raw, into: results)
                factors?.apply(to: results, groups: values, from: width * rows.argumentStride)
            }
            onRows(rows.rowCount)
        }
    }

    private var factors: GroupFactors? {
        guard case .log(let factors, let fallback) = scale else { return nil }
        return GroupFactors(byNumber: groups.map { factors[$0] ?? fallback }, fallback: fallback)
    }
}

/// The factors of a log scale by the numbers of their groups.
private struct GroupFactors: Sendable {
    let byNumber: [Double]
    let fallback: Double

    /// As `ResponseScale.quantity` does it. A group that is `nan` has no factor of its own.
    func apply<Number: BinaryFloatingPoint>(
        to results: UnsafeMutableBufferPointer<Double>, groups: UnsafeBufferPointer<Number>, from start: Int
    ) {
        for row in results.indices {
            let group = byNumber.isEmpty ? Number.nan : groups[start + row]
            results[row] = exp(results[row]) * (group.isNaN ? fallback : byNumber[Int(group)])
        }
    }
}
