public import MartletCore

/// A recipe to fit. It stores its hyperparameters as values and is never changed by being used.
public protocol Estimator: Sendable {
    /// What fitting gives; only this predicts.
    associatedtype Model: Fitted

    /// Fits the recipe.
    /// - Parameters:
    ///   - training: the rows to learn from.
    ///   - validation: later rows for early stopping; recipes that do not stop early ignore it.
    ///   - seed: the seed of whatever is random; the same rows and seed give the same model.
    ///   - progress: told how far the fit is, as a share in 0…1 and a few words.
    func fit(
        training: LabelledRows, validation: LabelledRows?, seed: UInt64, progress: (Double, String) -> Void
    ) throws -> Model
}

/// A fitted recipe.
public protocol Fitted: Sendable {
    /// The prediction for each row, on the scale of the target that was fitted.
    func predict(_ rows: FeatureRows) throws -> [Double]
}

/// Rows to predict: the matrix of features, and the columns that rules read by name.
public struct FeatureRows: Sendable {
    /// Shape `[rows, features]`; `nan` is missing.
    public var matrix: Matrix
    /// The rows' own columns, as many as the matrix has.
    public var columns: Table

    /// Makes rows. Their counts must agree; recipes that read columns by name alone may be given a matrix of no features.
    public init(matrix: Matrix = Matrix(names: [], elements: []), columns: Table) {
        precondition(matrix.columnCount == 0 || matrix.rowCount == columns.rowCount)
        self.matrix = matrix
        self.columns = columns
    }

    /// Some rows, in that order.
    public func taking(_ rows: [Int]) -> FeatureRows {
        FeatureRows(matrix: matrix.taking(rows), columns: columns.taking(rows))
    }
}

/// Rows with their target.
public struct LabelledRows: Sendable {
    /// The rows.
    public var features: FeatureRows
    /// The target of each row; finite.
    public var target: [Double]

    /// Makes rows. Their counts must agree.
    public init(features: FeatureRows, target: [Double]) {
        precondition(features.columns.rowCount == target.count)
        self.features = features
        self.target = target
    }

    /// Some rows, in that order.
    public func taking(_ rows: [Int]) -> LabelledRows {
        LabelledRows(features: features.taking(rows), target: rows.map { target[$0] })
    }
}
