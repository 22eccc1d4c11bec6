import MartletCore
import MartletInference

/// Answers with its inputs: `x` becomes `mirrored x`; refuses any number above `limit`.
struct MirrorModel: TensorModel {
    let signature: TensorSignature
    var limit = Double.infinity

    init(_ inputs: [TensorSignature.Entry]) {
        signature = TensorSignature(
            platform: "mirror", inputs: inputs,
            outputs: inputs.map { .init(name: "mirrored \($0.name)", datatype: $0.datatype, shape: $0.shape) },
            hasIndependentRows: true)
    }

    func predict(_ inputs: [Tensor]) throws -> [Tensor] {
        for case .float64(let elements) in inputs.map(\.elements) {
            if let greatest = elements.max(), greatest > limit { throw MartletError(.invalidInput, "\(greatest) is too large") }
        }
        return inputs.map { Tensor(name: "mirrored \($0.name)", shape: $0.shape, elements: $0.elements) }
    }

    /// One input `x` of doubles.
    static let numbers = MirrorModel([.init(name: "x", datatype: .float64, shape: [-1, 2])])

    /// A served version of it.
    func served(_ name: String = "mirror", version: Int = 1) throws -> ServedModel {
        try ServedModel(name: name, version: version, model: self, policy: BatchingPolicy(objectiveSeconds: 1, rowCountMax: 64), curve: nil)
    }
}
