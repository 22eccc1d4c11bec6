/// A refusal in MLflow's words, which its clients and their tests read.
package struct TrackingFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// MLflow's `error_code`, named as on the wire.
    package enum Code: String, Sendable, CaseIterable {
        case invalidParameterValue = "INVALID_PARAMETER_VALUE"
        case resourceDoesNotExist = "RESOURCE_DOES_NOT_EXIST"
        case notFound = "NOT_FOUND"
        case resourceAlreadyExists = "RESOURCE_ALREADY_EXISTS"
        case resourceConflict = "RESOURCE_CONFLICT"
        case badRequest = "BAD_REQUEST"
        case invalidState = "INVALID_STATE"
        case permissionDenied = "PERMISSION_DENIED"
        case unauthenticated = "UNAUTHENTICATED"
        case featureDisabled = "FEATURE_DISABLED"
        case notImplemented = "NOT_IMPLEMENTED"
        case requestLimitExceeded = "REQUEST_LIMIT_EXCEEDED"
        case resourceExhausted = "RESOURCE_EXHAUSTED"
        case temporarilyUnavailable = "TEMPORARILY_UNAVAILABLE"
        case internalError = "INTERNAL_ERROR"
    }

    package let code: Code
    package let message: String
    /// Whether an order was asked for by what is no attribute, which MLflow classifies in its own way.
    package var isOfUnknownAttribute = false
    /// How long to wait before another try; `nil` where that is not known.
    package var retryAfterSeconds: Double?

    /// Makes a fault.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code.rawValue): \(message)" }
}

extension TrackingFault {
    /// MLflow tells what its database says of a row that is there already.
    static func repeatedRow(_ table: String, _ columns: [String]) -> TrackingFault {
        let names = columns.map { "\(table).\($0)" }.joined(separator: ", ")
        return TrackingFault(.badRequest, "(sqlite3.IntegrityError) UNIQUE constraint failed: \(names)")
    }
}
