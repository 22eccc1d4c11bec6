import CEngines.OpenVINO
import MartletCore

/// One place where a compiled model runs: its inputs, outputs and working memory, which grow to the largest call.
///
/// `@unchecked Sendable`: the handles never change, and `OpenVINORequestPool` lends a request to one call at a time.
final class OpenVINORequest: @unchecked Sendable {
    private let library: OpenVINOLibrary
    private let handle: OpenVINOHandle

    /// Makes a place for a compiled model, which lives on as long as the place does.
    init(_ library: OpenVINOLibrary, compiled: OpenVINOHandle) throws {
        let functions = library.functions
        self.library = library
        handle = OpenVINOHandle(
            try library.pointer("prepare a call") { functions.ov_compiled_model_create_infer_request(compiled.pointer, &$0) },
            free: { [compiled] request in
                functions.ov_infer_request_free(request)
                _ = compiled
            }
        )
    }

    /// Runs the model on tensors that its inputs and `OpenVINOShapeCheck` have let pass, in their order.
    /// - Parameter expected: the sizes that each dimension of each output may have.
    func run(_ inputs: [Tensor], outputs: [OpenVINOPort], expected: [[ClosedRange<Int>]]) throws -> [Tensor] {
        for (position, tensor) in inputs.enumerated() { try write(tensor, to: position) }
        try library.call("run the model") { library.functions.ov_infer_request_infer(handle.pointer) }
        return try outputs.enumerated().map { position, port in
            let tensor = try read(port, at: position)
            guard tensor.shape.count == expected[position].count, zip(tensor.shape, expected[position]).allSatisfy({ $1.contains($0) }) else {
                throw MartletError(.engine, "output '\(port.name)': OpenVINO gave shape \(tensor.shape), which does not follow from the inputs")
            }
            return tensor
        }
    }

    private func write(_ tensor: Tensor, to position: Int) throws {
        let functions = library.functions
        let place = try tensorHandle("take input '\(tensor.name)'") {
            functions.ov_infer_request_get_input_tensor_by_index(handle.pointer, position, &$0)
        }
        var sizes = tensor.shape.map(Int64.init)
        try sizes.withUnsafeMutableBufferPointer { sizes in
            let shape = martlet_openvino_shape(rank: Int64(sizes.count), dimensions: sizes.baseAddress)
            try library.call("take input '\(tensor.name)' of shape \(tensor.shape)") { functions.ov_tensor_set_shape(place.pointer, shape) }
        }
        let memory = try memory(of: place, name: tensor.name)
        try tensor.elements.withUnsafeBytes { bytes in
            guard bytes.count == memory.count else {
                throw MartletError(.engine, "input '\(tensor.name)': OpenVINO holds \(memory.count) bytes for it, its elements are \(bytes.count)")
            }
            memory.copyMemory(from: bytes)
        }
    }

    private func read(_ port: OpenVINOPort, at position: Int) throws -> Tensor {
        let functions = library.functions
        let place = try tensorHandle("give output '\(port.name)'") {
            functions.ov_infer_request_get_output_tensor_by_index(handle.pointer, position, &$0)
        }
        let sizes = port.dimensions.isEmpty ? [] : try sizes(of: place, name: port.name)
        let memory = try memory(of: place, name: port.name)
        guard let elements = TensorElements(port.datatype, copying: UnsafeRawBufferPointer(memory)), elements.count == sizes.reduce(1, *) else {
            throw MartletError(.engine, "output '\(port.name)': OpenVINO gave \(memory.count) bytes for shape \(sizes) of \(port.datatype.rawValue)")
        }
        return Tensor(name: port.name, shape: sizes, elements: elements)
    }

    /// The sizes of a tensor's dimensions; OpenVINO does not tell those of a tensor that has none.
    private func sizes(of place: OpenVINOHandle, name: String) throws -> [Int] {
        let functions = library.functions
        var shape = martlet_openvino_shape()
        try library.call("tell the shape of '\(name)'") { functions.ov_tensor_get_shape(place.pointer, &shape) }
        // It frees what it was given, and says only that it was given something.
        defer { _ = functions.ov_shape_free(&shape) }
        return UnsafeBufferPointer(start: shape.dimensions, count: Int(shape.rank)).map { Int($0) }
    }

    private func tensorHandle(_ action: String, _ body: (inout OpaquePointer?) -> Int32) throws -> OpenVINOHandle {
        let free = library.functions.ov_tensor_free
        return OpenVINOHandle(try library.pointer(action, body), free: { free?($0) })
    }

    /// The memory of one of the request's tensors, valid until its shape changes; nothing where it has no element.
    private func memory(of place: OpenVINOHandle, name: String) throws -> UnsafeMutableRawBufferPointer {
        var count = 0
        try library.call("tell the size of '\(name)'") { library.functions.ov_tensor_get_byte_size(place.pointer, &count) }
        guard count > 0 else { return UnsafeMutableRawBufferPointer(start: nil, count: 0) }
        var start: UnsafeMutableRawPointer?
        try library.call("lend the elements of '\(name)'") { library.functions.ov_tensor_data(place.pointer, &start) }
        return UnsafeMutableRawBufferPointer(start: start, count: start == nil ? 0 : count)
    }
}
