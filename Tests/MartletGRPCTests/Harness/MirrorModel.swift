#if GRPC
import MartletCore
import MartletInference
import MartletTesting

/// Answers with its inputs: `x` becomes `mirrored x`.
struct MirrorModel: TensorModel {
    let signature: TensorSignature
    /// Waits here before it answers, where it has one.
    var gate: Gate?

    init(_ inputs: [TensorSignature.Entry], gate: Gate? = nil) {
        signature = TensorSignature(
            platform: "mirror", inputs: inputs,
            outputs: inputs.map { .init(name: "mirrored \($0.name)", datatype: $0.datatype, shape: $0.shape) },
            hasIndependentRows: true)
        self.gate = gate
    }

    func predict(_ inputs: [Tensor]) throws -> [Tensor] {
        gate?.pass()
        return inputs.map { Tensor(name: "mirrored \($0.name)", shape: $0.shape, elements: $0.elements) }
    }

    /// One input of every datatype, each of free rows and two columns.
    static let everyDatatype = MirrorModel(
        TensorDatatype.allCases.map { TensorSignature.Entry(name: $0.rawValue, datatype: $0, shape: [-1, 2]) })
    /// One input `x` of doubles, which waits at a gate.
    static func gated(_ gate: Gate) -> MirrorModel { MirrorModel([.init(name: "x", datatype: .float64, shape: [-1, 2])], gate: gate) }

    /// One input `x` of doubles, which takes floats as well.
    static let numbers = MirrorModel([.init(name: "x", datatype: .float64, shape: [-1, 2], alternatives: [.float32])])
}
#endif
