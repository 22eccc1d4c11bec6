package import MartletCore
import MartletEngines

/// A neural network from an ONNX file or OpenVINO's own format, loaded and warm.
///
/// Calls may come from several threads; as many run at once as there are streams. Other models may be loaded beside it.
package final class NeuralModel: TensorModel {
    package let signature: TensorSignature
    package let configuration: NeuralConfiguration
    private let model: OpenVINOModel

    /// Loads a model and warms it up.
    /// - Parameter path: a file `….onnx`, or `….xml` with its `….bin`.
    /// - Throws: `notFound`, `engine`; `unavailable` without OpenVINO or where the processor lacks the precision; `invalidInput` where
    ///   the file is not of the configuration's precision, or a number of the configuration is out of range.
    package init(path: String, configuration: NeuralConfiguration = NeuralConfiguration()) throws {
        self.configuration = configuration
        let ports = ONNXPorts(path: path)
        model = try OpenVINOModel(path: path, names: ports.map { ($0.inputs, $0.outputs) }, options: configuration.options)
        try NeuralModelFile(path: path).check(configuration.precision)
        func entries(_ ports: [OpenVINOPort]) -> [TensorSignature.Entry] {
            ports.map { TensorSignature.Entry(name: $0.name, datatype: $0.datatype, shape: $0.shape) }
        }
        let isFreeThroughout = (model.inputs + model.outputs).allSatisfy { $0.shape.first == -1 }
        signature = TensorSignature(
            platform: "openvino", inputs: entries(model.inputs), outputs: entries(model.outputs),
            hasIndependentRows: configuration.hasIndependentRows ?? isFreeThroughout
        )
        for rows in configuration.warmUpRowCounts { try warmUp(rows: rows) }
    }

    package func predict(_ inputs: [Tensor]) throws -> [Tensor] {
        try model.run(ordered(inputs))
    }

    /// Refuses shapes, one for each input in the signature's order, that the model cannot compute. - Throws: `invalidInput`.
    package func check(shapes: [[Int]]) throws {
        try model.check(shapes: shapes)
    }

    private func ordered(_ tensors: [Tensor]) throws -> [Tensor] {
        let named = Dictionary(tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let names = signature.inputs.map(\.name)
        guard named.count == tensors.count, tensors.count == names.count, names.allSatisfy({ named[$0] != nil }) else {
            let found = tensors.map { "'\($0.name)'" }.joined(separator: ", ")
            throw MartletError(
                .invalidInput,
                "inputs: expected \(names.map { "'\($0)'" }.joined(separator: ", ")), each once, found \(found.isEmpty ? "none" : found)"
            )
        }
        return names.compactMap { named[$0] }
    }

    /// Zeros that fit: so many rows, and the other free dimensions of the configuration's `warmUpLength`, as far as the model allows.
    package func example(rows: Int) -> [Tensor] {
        model.inputs.map { port in
            let shape = port.dimensions.enumerated().map { place, sizes in
                min(max(place == 0 ? rows : configuration.warmUpLength, sizes.lowerBound), sizes.upperBound)
            }
            return Tensor(name: port.name, shape: shape, elements: .examples(port.datatype, count: shape.reduce(1, *)))
        }
    }

    private func warmUp(rows: Int) throws {
        let inputs = example(rows: rows)
        do {
            _ = try predict(inputs)
        } catch {
            let shapes = inputs.map { "'\($0.name)' \($0.shape)" }.joined(separator: ", ")
            throw MartletError(
                .engine,
                "warming up with zeros of \(shapes); choose others with warm_up and warm_up_length in model.yaml, or none: warm_up: []",
                cause: error)
        }
    }
}
