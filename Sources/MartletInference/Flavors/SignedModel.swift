import MartletCore

/// A model of one matrix of numbers with the columns that MLflow's signature gives it.
struct SignedModel: TensorModel {
    let model: any TensorModel
    let signature: TensorSignature
    /// The columns that are rounded to `Float` before the model sees them, as MLflow does where the signature says `float`.
    private let roundedColumns: [Int]

    /// - Returns: `nil` where the model takes no matrix, or one of other columns.
    init?(_ model: any TensorModel, _ schema: MLmodelSignature.Schema?) {
        guard case .columns(let columns) = schema, model.signature.inputs.count == 1, let input = model.signature.inputs.first,
            input.shape.count == 2, input.shape[1] == columns.count || input.shape[1] == -1
        else { return nil }
        self.model = model
        var signature = model.signature
        let (own, named) = (signature.featureNames, columns.compactMap(\.name))
        // The model's own order counts where it has the same names, as it is what its trees were made with.
        if named.count == columns.count, own.map({ Set($0) != Set(named) }) ?? true { signature.featureNames = named }
        let types = Dictionary(zip(named, columns.map(\.type)), uniquingKeysWith: { first, _ in first })
        roundedColumns =
            named.count == columns.count
            ? (signature.featureNames ?? []).indices.filter { types[signature.featureNames?[$0] ?? ""] == .float }
            : columns.indices.filter { columns[$0].type == .float }
        self.signature = signature
    }

    func predict(_ inputs: [Tensor]) throws -> [Tensor] {
        guard !roundedColumns.isEmpty, var input = inputs.first, inputs.count == 1, case .float64(var values) = input.elements,
            input.shape.count == 2
        else { return try model.predict(inputs) }
        let width = input.shape[1]
        for start in stride(from: 0, to: values.count, by: max(1, width)) {
            for column in roundedColumns where column < width { values[start + column] = Double(Float(values[start + column])) }
        }
        input.elements = .float64(values)
        return try model.predict([input])
    }
}
