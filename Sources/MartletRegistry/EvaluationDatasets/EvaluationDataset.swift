package import MartletCore

/// Questions and what is expected of the answers, as MLflow 3 keeps them to evaluate with. Times are milliseconds since 1970 UTC.
package struct EvaluationDataset: Sendable, Equatable {
    /// `d-` and 32 lower-case hexadecimal digits.
    package var id: String
    /// Several datasets may have the same.
    package var name: String
    /// 8 hexadecimal digits of the name and of when the records were last changed.
    package var digest: String
    package var createdAt: Int64
    package var updatedAt: Int64
    package var createdBy: String?
    package var updatedBy: String?
    /// JSON of the kinds of all fields; `nil` before there were records.
    package var schema: String?
    /// JSON of how many records there are; `nil` before there were any.
    package var profile: String?
    /// By key.
    package var tags: [KeyedText] = []
}

/// One record of an evaluation dataset. Records with equal inputs are one.
package struct EvaluationRecord: Sendable, Equatable {
    /// `dr-` and 32 lower-case hexadecimal digits.
    package var id: String
    package var dataset: String
    /// An object, as are expectations and tags.
    package var inputs: PythonValue
    /// `nil` where they were set to null.
    package var outputs: PythonValue?
    package var expectations: PythonValue?
    package var tags: PythonValue
    /// With `source_type` and `source_data`.
    package var source: PythonValue?
    package var createdAt: Int64
    package var updatedAt: Int64
    package var createdBy: String?
    package var updatedBy: String?
}
