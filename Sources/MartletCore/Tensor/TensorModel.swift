/// A model that turns tensors into tensors, whatever runs it: what every protocol, batcher and route works with.
///
/// Calls come from several threads at once. A model holds all that it needs from the moment it is made.
package protocol TensorModel: Sendable {
    /// What the model is called, takes and gives.
    var signature: TensorSignature { get }

    /// Predicts.
    /// - Parameter inputs: tensors that `signature.check` has let pass, in any order; all have the same number of rows where the
    ///   signature says that rows are independent.
    /// - Returns: every output of the signature, in its order.
    func predict(_ inputs: [Tensor]) throws -> [Tensor]
}

/// What a model takes and gives.
package struct TensorSignature: Sendable, Equatable {
    /// One input or output. A dimension of -1 is free.
    package struct Entry: Sendable, Equatable {
        package var name: String
        package var datatype: TensorDatatype
        package var shape: [Int]
        /// Other datatypes that are taken as well.
        package var alternatives: [TensorDatatype]

        /// Makes an entry.
        package init(name: String, datatype: TensorDatatype, shape: [Int], alternatives: [TensorDatatype] = []) {
            self.name = name
            self.datatype = datatype
            self.shape = shape
            self.alternatives = alternatives
        }
    }

    /// What runs the model, for example `martlet_forest`.
    package var platform: String
    package var inputs: [Entry]
    package var outputs: [Entry]
    /// Whether the first dimension is rows that do not depend on one another, so that requests may be answered together.
    package var hasIndependentRows: Bool
    /// The names of the only input's columns, where it is a matrix `[rows, features]` whose columns have names: then its columns may
    /// come as tensors of their own.
    package var featureNames: [String]?

    /// Makes a signature.
    package init(platform: String, inputs: [Entry], outputs: [Entry], hasIndependentRows: Bool, featureNames: [String]? = nil) {
        self.platform = platform
        self.inputs = inputs
        self.outputs = outputs
        self.hasIndependentRows = hasIndependentRows
        self.featureNames = featureNames
    }
}
