import CEngines.OpenVINO
import Foundation
package import MartletCore

/// A model that OpenVINO has read and compiled for the processor. Calls may come from several threads at once.
///
/// `float32` is pinned unless the options say otherwise: left to itself OpenVINO computes in bf16 where the processor can. The
/// model holds all of it in memory: its files may go once it is made. Integers of 64 bits, and unsigned ones of 32, are computed
/// in 32 bits, and those beyond that are cut off; `FP64` is computed in `FP32`.
package final class OpenVINOModel: Sendable {
    package let inputs: [OpenVINOPort]
    package let outputs: [OpenVINOPort]
    package let options: OpenVINOOptions
    private let shapes: OpenVINOShapeCheck
    private let pool: OpenVINORequestPool<OpenVINORequest>

    /// OpenVINO's version and build. - Throws: `unavailable` where it is not installed.
    package static func engineVersion() throws -> String { try OpenVINOLibrary.shared().version() }

    /// Reads an ONNX file, or OpenVINO's own `.xml` with the `.bin` beside it, and compiles it.
    /// - Parameter names: what the inputs and outputs are called, in order. OpenVINO knows a tensor by all names that it has anywhere
    ///   in the graph, and without this tells any one of them.
    /// - Throws: `unavailable` without OpenVINO, or where the processor lacks the precision; `notFound` without the file;
    ///   `invalidInput` for options out of range; `engine` where OpenVINO refuses the model.
    package init(
        path: String, names: (inputs: [String], outputs: [String])? = nil, options: OpenVINOOptions = OpenVINOOptions()
    ) throws {
        let properties = try options.properties()
        let library = try OpenVINOLibrary.shared()
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
            throw MartletError(.notFound, "model '\(path)' is not there; expected an ONNX file, or an OpenVINO .xml with its .bin")
        }
        self.options = options
        let (model, compiled) = try library.loading { try Self.compile(path, properties: properties, library) }
        try Self.check(options.precision, of: compiled, path: path, library)
        inputs = try Self.ports(of: compiled, .inputs, names?.inputs, library)
        outputs = try Self.ports(of: compiled, .outputs, names?.outputs, library)
        shapes = OpenVINOShapeCheck(library, model: model, inputs: inputs, outputs: outputs, knownCountMax: options.shapeCountMax)
        let requests = try (0..<options.streamCount).map { _ in try OpenVINORequest(library, compiled: compiled) }
        pool = OpenVINORequestPool(requests, waitingCountMax: options.waitingCountMax)
    }

    /// Runs the model, when a stream is free.
    /// - Parameter tensors: one for each of `inputs`, in their order; names are not looked at.
    /// - Returns: one for each of `outputs`, in their order.
    /// - Throws: `invalidInput` for a tensor that does not fit; `overloaded` where too many calls wait; `engine`.
    package func run(_ tensors: [Tensor]) throws -> [Tensor] {
        guard tensors.count == inputs.count else {
            throw MartletError(.invalidInput, "the model takes \(inputs.count) inputs, found \(tensors.count)")
        }
        for (port, tensor) in zip(inputs, tensors) { try port.check(tensor) }
        let expected = try shapes.outputs(of: tensors.map(\.shape))
        return try pool.run { try $0.run(tensors, outputs: outputs, expected: expected) }
    }

    /// Refuses shapes, one for each of `inputs`, that the model cannot compute. - Throws: `invalidInput`.
    package func check(shapes: [[Int]]) throws {
        guard shapes.count == inputs.count else {
            throw MartletError(.invalidInput, "the model takes \(inputs.count) inputs, found \(shapes.count) shapes")
        }
        _ = try self.shapes.outputs(of: shapes)
    }
}

extension OpenVINOModel {
    private enum Side { case inputs, outputs }

    private static func compile(
        _ path: String, properties: [(key: String, value: String)], _ library: OpenVINOLibrary
    ) throws -> (model: OpenVINOHandle, compiled: OpenVINOHandle) {
        let functions = library.functions
        let model = OpenVINOHandle(
            try library.pointer("read model '\(path)'") { functions.ov_core_read_model(library.core, path, nil, &$0) },
            free: { functions.ov_model_free($0) }
        )
        let compiled = try library.pointer("compile model '\(path)'") { made in
            OpenVINOLibrary.withProperties(properties) {
                functions.ov_core_compile_model_props(library.core, model.pointer, "CPU", $1, $0, &made)
            }
        }
        return (model, OpenVINOHandle(compiled, free: { functions.ov_compiled_model_free($0) }))
    }

    /// OpenVINO falls back silently to a precision that the processor has.
    private static func check(
        _ precision: OpenVINOOptions.Precision, of compiled: OpenVINOHandle, path: String, _ library: OpenVINOLibrary
    ) throws {
        var text: UnsafeMutablePointer<CChar>?
        try library.call("tell the precision of model '\(path)'") {
            library.functions.ov_compiled_model_get_property(compiled.pointer, "INFERENCE_PRECISION_HINT", &text)
        }
        defer { library.functions.ov_free(text) }
        let found = text.map { String(cString: $0) } ?? "none"
        guard found == precision.rawValue else {
            throw MartletError(
                .unavailable, "model '\(path)': this processor computes in \(found) where \(precision.rawValue) is asked for; choose f32")
        }
    }

    private static func ports(
        of compiled: OpenVINOHandle, _ side: Side, _ names: [String]?, _ library: OpenVINOLibrary
    ) throws -> [OpenVINOPort] {
        let functions = library.functions
        var count = 0
        try library.call("count the model's \(side)") {
            side == .inputs
                ? functions.ov_compiled_model_inputs_size(compiled.pointer, &count)
                : functions.ov_compiled_model_outputs_size(compiled.pointer, &count)
        }
        guard names == nil || names?.count == count else {
            throw MartletError(.engine, "OpenVINO finds \(count) \(side) in the model, expected \((names ?? []).joined(separator: ", "))")
        }
        return try (0..<count).map { position in
            let port = try port(library, "tell of the model's \(side)") { made in
                side == .inputs
                    ? functions.ov_compiled_model_input_by_index(compiled.pointer, position, &made)
                    : functions.ov_compiled_model_output_by_index(compiled.pointer, position, &made)
            }
            guard let name = names?[position] else {
                return try OpenVINOPort(library, port: port.pointer, otherwise: "\(side)_\(position)")
            }
            let named = try self.port(library, "find '\(name)' among the model's \(side)") { made in
                side == .inputs
                    ? functions.ov_compiled_model_input_by_name(compiled.pointer, name, &made)
                    : functions.ov_compiled_model_output_by_name(compiled.pointer, name, &made)
            }
            let found = try OpenVINOPort(library, port: port.pointer, name: name)
            guard found == (try OpenVINOPort(library, port: named.pointer, name: name)) else {
                throw MartletError(.engine, "OpenVINO has another order of the model's \(side): '\(name)' is not number \(position)")
            }
            return found
        }
    }

    private static func port(
        _ library: OpenVINOLibrary, _ action: String, _ body: (inout OpaquePointer?) -> Int32
    ) throws -> OpenVINOHandle {
        let free = library.functions.ov_output_const_port_free
        return OpenVINOHandle(try library.pointer(action, body), free: { free?($0) })
    }
}
