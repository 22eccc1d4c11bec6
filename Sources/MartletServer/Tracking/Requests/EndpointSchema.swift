import MartletRegistry

/// What an endpoint takes: the fields of its message, and the checks of some of them in the order in which MLflow makes them.
struct EndpointSchema: Sendable {
    struct CheckedField: Sendable {
        let field: StaticString
        let checks: [FieldCheck]
        let isRequired: Bool

        init(_ field: StaticString, _ checks: FieldCheck...) {
            self.field = field
            self.checks = checks
            isRequired = checks.contains { if case .required = $0 { true } else { false } }
        }
    }

    private let shape: MessageShape
    private let checked: [CheckedField]

    init(_ fields: [MessageField], _ checked: CheckedField...) {
        shape = MessageShape(fields)
        self.checked = checked
    }

    /// What it takes, by name.
    var names: [String] { shape.fields.map { "\($0.name)" } }

    /// Reads a request. - Throws: where MLflow refuses it, and where a value does not fit its field, of which MLflow would
    /// drop that field and all behind it.
    func read(_ request: TrackingRequest) throws(TrackingFault) -> RequestFields {
        let object = try request.message(shape)
        let misfit = try shape.misfit(in: object)
        for field in checked { try check(field, object, fits: misfit == nil) }
        if let misfit { throw .invalidValue(misfit.value, "\(misfit.field.name)") }
        return RequestFields(object, shape)
    }

    private func check(_ field: CheckedField, _ object: RequestValue, fits: Bool) throws(TrackingFault) {
        var value = object.member(field.field)
        guard value != nil || field.isRequired else { return }
        if value?.isNull ?? true, "\(field.field)" == "run_id", let other = object.member("run_uuid") { value = other }
        for check in field.checks { try check.check(value, of: field.field, fits: fits) }
    }
}
