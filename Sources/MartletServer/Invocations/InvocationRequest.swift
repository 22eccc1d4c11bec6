import MartletCore

/// Reads what clients of MLflow's scoring server send to `POST /invocations`: JSON, CSV and Parquet become a model's inputs.
///
/// JSON has exactly one of `dataframe_split`, `dataframe_records`, `instances` and `inputs`; `params` and what else there is are
/// ignored, as MLflow ignores them for a model that declares none. Columns are put into the model's order by their names, and further
/// ones are ignored. `null` and `NaN` mean missing, `true` and `false` are 1 and 0. Two things that MLflow takes are refused: texts
/// where the model takes numbers, and rows that are shorter than others.
enum InvocationRequest {
    /// The most cells of one request: rows times columns, those that records leave out among them.
    static let cellCountMax = 1 << 24
    /// The most columns of one request.
    static let columnCountMax = 1 << 14
    /// The most texts of one request, each of which is an allocation.
    static let textCountMax = InferRequestDecoder.Limits().bytesElementCountMax

    /// The inputs for a model, in the signature's order; a matrix of floating-point numbers is of doubles where the model takes them.
    /// - Throws: `invalidInput`, `limitExceeded`.
    static func inputs(_ body: UnsafeRawBufferPointer, _ type: InvocationContentType, _ signature: TensorSignature) throws -> [Tensor] {
        guard type != .parquet else { return try ParquetInvocation.inputs(body, signature) }
        var reader = InvocationReader(body, signature)
        return type == .csv ? try reader.readCSV() : try reader.readJSON()
    }
}
