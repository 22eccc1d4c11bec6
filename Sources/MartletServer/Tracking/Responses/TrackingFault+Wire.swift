import MartletCore
import MartletRegistry

/// A refusal as MLflow's clients read it.
extension TrackingFault {
    /// The refusal that an error amounts to; `nil` where it is a fault of the server's own.
    init?(refusing error: any Error) {
        switch error {
        case let fault as TrackingFault: self = fault
        case let error as MartletError:
            guard let code = Self.code(of: error.code) else { return nil }
            self.init(code, error.message)
            isOfUnknownAttribute = error.cause is UnknownAttribute
        default: return nil
        }
    }

    private static func code(of code: MartletError.Code) -> Code? {
        switch code {
        // What is too much is too much the next time.
        case .invalidInput, .limitExceeded: .invalidParameterValue
        case .notFound: .resourceDoesNotExist
        case .conflict: .resourceConflict
        case .full: .resourceExhausted
        case .overloaded, .unavailable, .locked, .storage: .temporarilyUnavailable
        default: nil
        }
    }

    /// The status of the answer. Clients wait and try again after 429 and from 500 on.
    var status: Int {
        switch code {
        case .invalidParameterValue, .resourceAlreadyExists, .badRequest: 400
        case .unauthenticated: 401
        case .permissionDenied: 403
        case .resourceDoesNotExist, .notFound: 404
        case .resourceConflict: 409
        case .requestLimitExceeded: 429
        case .internalError, .invalidState, .featureDisabled: 500
        case .notImplemented: 501
        case .temporarilyUnavailable: 503
        case .resourceExhausted: 507
        }
    }

    /// The state and the class of the error that MLflow 3 tells beside its code; `nil` for codes without them.
    private var classification: (state: String, name: String)? {
        switch code {
        case .internalError, .invalidState, .temporarilyUnavailable: ("XXM00", "CLIENT_INTERNAL_ERROR")
        case .resourceDoesNotExist, .notFound: ("KAM00", "RESOURCE_NOT_FOUND")
        case .permissionDenied: ("KAM00", "PERMISSION_DENIED")
        case .invalidParameterValue where isOfUnknownAttribute: ("KAM04", "ATTRIBUTE_NOT_FOUND")
        case .badRequest, .invalidParameterValue: ("KAM00", "INVALID_PARAMETER_VALUE")
        case .resourceAlreadyExists: ("KAM00", "RESOURCE_ALREADY_EXISTS")
        case .featureDisabled: ("KAM00", "FEATURE_DISABLED")
        case .resourceConflict, .unauthenticated, .notImplemented, .requestLimitExceeded, .resourceExhausted: nil
        }
    }

    /// The answer's body, as Python's `json.dumps` writes it.
    var body: [UInt8] {
        var members = [("error_code", code.rawValue), ("message", message)]
        if let classification { members += [("sqlstate", classification.state), ("error_class", classification.name)] }
        let text = members.map { "\"\($0)\": \(MartletRegistry.JSONText.quoted($1))" }.joined(separator: ", ")
        return Array("{\(text)}".utf8)
    }
}
