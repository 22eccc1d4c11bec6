import MartletEngines
import MartletInference

/// Something that predicts rows of one model.
protocol Scorer: Sendable {
    /// Whose it is, such as `lightgbm`.
    var side: String { get }
    /// The processor's instructions that it was told to use; `nil` where nobody tells it.
    var instructions: String? { get }
    /// Predicts rows of floats that follow one another.
    func predict(_ rows: UnsafeBufferPointer<Float>, count: Int, into: UnsafeMutableBufferPointer<Double>)
    /// Predicts rows of doubles that follow one another.
    func predict(_ rows: UnsafeBufferPointer<Double>, count: Int, into: UnsafeMutableBufferPointer<Double>)
}

/// Martlet's forest on one set of instructions.
struct MartletScorer: Scorer {
    let side = "martlet"
    let forest: CompiledForest

    init(_ forest: Forest, _ instructions: ForestInstructions) throws {
        self.forest = try CompiledForest(forest, instructions: instructions)
    }

    var instructions: String? { forest.instructions.rawValue }

    func predict(_ rows: UnsafeBufferPointer<Float>, count: Int, into: UnsafeMutableBufferPointer<Double>) {
        forest.predict(rows, .rows(count, columns: forest.featureNames.count), into: into)
    }

    func predict(_ rows: UnsafeBufferPointer<Double>, count: Int, into: UnsafeMutableBufferPointer<Double>) {
        forest.predict(rows, .rows(count, columns: forest.featureNames.count), into: into)
    }
}
