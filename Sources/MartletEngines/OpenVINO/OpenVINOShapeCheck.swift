import CEngines.OpenVINO
import MartletCore
import Synchronization

/// Refuses inputs whose shapes contradict one another, before the compiled model sees them.
///
/// A compiled model with free dimensions does not look: from shapes that contradict one another it reads and writes memory that
/// is not its own. So each new combination of shapes goes through the inference of shapes of the model as it was read, which does
/// look (6 ms for a transformer of 6 layers), and those that passed are remembered.
final class OpenVINOShapeCheck: Sendable {
    private let library: OpenVINOLibrary
    private let model: OpenVINOHandle
    private let outputs: [OpenVINOPort]
    private let inputNames: [String]
    private let isFree: Bool
    private let knownCountMax: Int
    /// The sizes that the outputs may have, by the inputs' shapes. Reshaping the model is guarded by it too.
    private let known = Mutex<[[[Int]]: [[ClosedRange<Int>]]]>([:])

    init(_ library: OpenVINOLibrary, model: OpenVINOHandle, inputs: [OpenVINOPort], outputs: [OpenVINOPort], knownCountMax: Int) {
        self.knownCountMax = knownCountMax
        self.library = library
        self.model = model
        self.outputs = outputs
        inputNames = inputs.map(\.name)
        isFree = inputs.contains { $0.shape.contains(-1) }
    }

    /// The sizes that each dimension of each output may have, where the inputs have these shapes, one for each input.
    /// - Throws: `invalidInput` where the model cannot compute them.
    func outputs(of shapes: [[Int]]) throws -> [[ClosedRange<Int>]] {
        guard isFree else { return outputs.map(\.dimensions) }
        return try known.withLock { known in
            if let sizes = known[shapes] { return sizes }
            let sizes = try infer(shapes)
            if known.count >= knownCountMax { known.removeAll(keepingCapacity: true) }
            known[shapes] = sizes
            return sizes
        }
    }

    private func infer(_ shapes: [[Int]]) throws -> [[ClosedRange<Int>]] {
        do {
            try reshape(shapes)
        } catch let error as MartletError {
            let given = zip(inputNames, shapes).map { "'\($0)' \($1)" }.joined(separator: ", ")
            throw MartletError(.invalidInput, "inputs \(given) do not fit together or are too large for this model", cause: error)
        }
        let functions = library.functions
        return try outputs.enumerated().map { position, output in
            let port = OpenVINOHandle(
                try library.pointer("tell of output '\(output.name)'") { functions.ov_model_const_output_by_index(model.pointer, position, &$0) },
                free: { functions.ov_output_const_port_free($0) }
            )
            return try OpenVINOPort.dimensions(library, port: port.pointer, name: output.name)
        }
    }

    private func reshape(_ shapes: [[Int]]) throws {
        var dimensions = shapes.joined().map { martlet_openvino_dimension(min: Int64($0), max: Int64($0)) }
        try dimensions.withUnsafeMutableBufferPointer { dimensions in
            var start = 0
            let partial = shapes.map { sizes in
                defer { start += sizes.count }
                let rank = martlet_openvino_dimension(min: Int64(sizes.count), max: Int64(sizes.count))
                return martlet_openvino_partial_shape(rank: rank, dimensions: dimensions.baseAddress.map { $0 + start })
            }
            try library.call("infer shapes") {
                library.functions.ov_model_reshape_by_port_indexes(model.pointer, Array(0..<partial.count), partial, partial.count)
            }
        }
    }
}
