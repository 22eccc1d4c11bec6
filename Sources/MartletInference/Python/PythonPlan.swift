import MartletCore

/// How tensors stand for what a model of Python takes and gives, as its signature has it.
///
/// A data frame of doubles, or of floats, with named columns is one matrix `input`; any other is a tensor `[rows]` for each column. A
/// model without a signature takes a matrix of doubles of any width.
struct PythonPlan: Sendable {
    /// What a worker makes of the tensors.
    enum Form: String, Sendable { case matrix, columns, tensors }

    /// The name of the only input or output that has none.
    static let (inputName, outputName) = ("input", "output")
    /// What is said to run such models.
    static let platform = "mlflow_python"

    let form: Form
    /// The columns' or tensors' names; `nil` where they have none.
    let names: [String]?
    /// MLflow's or NumPy's names of their types.
    let types: [String]
    let signature: TensorSignature
    /// Whether the model says what it gives.
    let hasOutputs: Bool

    init(_ schema: MLmodelSignature?, hasIndependentRows: Bool) {
        let inputs: [TensorSignature.Entry]
        switch schema?.inputs {
        case .columns(let columns):
            names = Self.all(columns.map(\.name))
            types = columns.map(\.type.rawValue)
            let kinds = Set(columns.map(\.type))
            if names != nil, kinds == [.double] || kinds == [.float] {
                form = .matrix
                inputs = [.init(name: Self.inputName, datatype: columns[0].type.datatype, shape: [-1, columns.count])]
            } else {
                form = .columns
                inputs = columns.enumerated().map { .init(name: $1.name ?? "\($0)", datatype: $1.type.datatype, shape: [-1]) }
            }
        case .tensors(let tensors):
            names = Self.all(tensors.map(\.name))
            (form, types) = (.tensors, tensors.map(\.type))
            inputs = tensors.enumerated().map {
                .init(name: $1.name ?? Self.name(Self.inputName, $0), datatype: $1.datatype, shape: $1.shape)
            }
        case nil:
            (form, names, types) = (.tensors, nil, ["float64"])
            inputs = [.init(name: Self.inputName, datatype: .float64, shape: [-1, -1])]
        }
        hasOutputs = schema?.outputs != nil
        signature = TensorSignature(
            platform: Self.platform, inputs: inputs, outputs: Self.outputs(schema?.outputs), hasIndependentRows: hasIndependentRows,
            featureNames: form == .matrix ? names : nil)
    }

    /// What a worker is told of it.
    var json: JSONValue {
        [
            "form": .string(form.rawValue), "types": .array(types.map(JSONValue.string)),
            "names": names.map { .array($0.map(JSONValue.string)) } ?? .null,
        ]
    }

    private static func outputs(_ schema: MLmodelSignature.Schema?) -> [TensorSignature.Entry] {
        switch schema {
        case .columns(let columns):
            columns.enumerated().map { .init(name: $1.name ?? name(outputName, $0), datatype: $1.type.datatype, shape: [-1]) }
        case .tensors(let tensors):
            tensors.enumerated().map { .init(name: $1.name ?? name(outputName, $0), datatype: $1.datatype, shape: $1.shape) }
        case nil: [.init(name: outputName, datatype: .float64, shape: [-1])]
        }
    }

    private static func name(_ name: String, _ place: Int) -> String { place == 0 ? name : "\(name)_\(place)" }

    private static func all(_ names: [String?]) -> [String]? {
        let known = names.compactMap(\.self)
        return known.count == names.count ? known : nil
    }
}
