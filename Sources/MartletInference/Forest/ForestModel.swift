package import MartletCore
import MartletEngines

/// A forest as a model of tensors: one matrix in, predictions out.
package struct ForestModel: TensorModel {
    /// The names of the input and the output.
    package static let (inputName, outputName) = ("input", "output")

    package let forest: CompiledForest
    package let signature: TensorSignature

    /// Makes a model. - Throws: as `CompiledForest.init`.
    package init(_ forest: Forest) throws {
        let compiled = try CompiledForest(forest)
        self.forest = compiled
        let outputShape = compiled.outputCount == 1 ? [-1] : [-1, compiled.outputCount]
        signature = TensorSignature(
            platform: "martlet_forest",
            inputs: [
                TensorSignature.Entry(
                    name: Self.inputName, datatype: .float32, shape: [-1, forest.featureCount], alternatives: [.float64])
            ],
            outputs: [TensorSignature.Entry(name: Self.outputName, datatype: .float64, shape: outputShape)],
            hasIndependentRows: true, featureNames: forest.featureNames
        )
    }

    package func predict(_ inputs: [Tensor]) throws -> [Tensor] {
        guard let input = inputs.first, inputs.count == 1, input.shape.count == 2, input.shape[1] == forest.featureNames.count else {
            throw MartletError(
                .invalidInput,
                "expected one tensor of shape [rows, \(forest.featureNames.count)], found \(inputs.map { "'\($0.name)' \($0.shape)" }.joined(separator: ", "))"
            )
        }
        let predictions =
            switch input.elements {
            case .float32(let values): forest.predictions(values, rowCount: input.rowCount)
            case .float64(let values): forest.predictions(values, rowCount: input.rowCount)
            default:
                throw MartletError(.invalidInput, "input '\(input.name)': expected FP32 or FP64, found \(input.datatype.rawValue)")
            }
        let shape = forest.outputCount == 1 ? [input.rowCount] : [input.rowCount, forest.outputCount]
        return [Tensor(name: Self.outputName, shape: shape, elements: .float64(predictions))]
    }
}
