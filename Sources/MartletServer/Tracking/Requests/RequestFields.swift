import MartletRegistry

/// The fields of a message that was found to fit its shape. A field that is absent or null is `nil`, or empty where it is repeated.
struct RequestFields: Sendable {
    private let object: RequestValue
    /// Those of the path; none in a message within a message.
    var parameters = RouteParameters()
    /// Who asks.
    var principal = Principal.everybody

    init(_ object: RequestValue) { self.object = object }

    /// What was sent for a field, under either of its names.
    private func value(_ field: MessageField) -> RequestValue? {
        object.member(field.name, or: field.camelName).flatMap { $0.isNull ? nil : $0 }
    }

    func text(_ field: MessageField) -> String? { value(field)?.text }

    func integer(_ field: MessageField) -> Int64? { value(field)?.fieldInteger }

    func number(_ field: MessageField) -> Double? { value(field)?.fieldNumber }

    func boolean(_ field: MessageField) -> Bool? { value(field)?.boolean }

    /// The number of a name; `nil` also where there is none of that name or number.
    func enumeration(_ field: MessageField) -> Int? {
        guard case .enumeration(let names) = field.kind, let value = value(field) else { return nil }
        if value.kind == .text, let index = names.firstIndex(where: value.matches) { return index + 1 }
        return value.fieldInteger.flatMap { (1...Int64(names.count)).contains($0) ? Int($0) : nil }
    }

    func texts(_ field: MessageField) -> [String] { value(field)?.elements.compactMap(\.text) ?? [] }

    /// Of a map: its texts in order; of two equal names both.
    func textMap(_ field: MessageField) -> [(name: String, text: String)] {
        value(field)?.members.compactMap { member in member.name.text.flatMap { name in member.value.text.map { (name, $0) } } } ?? []
    }

    /// Any JSON; `nil` also for null.
    func anything(_ field: MessageField) -> RequestValue? { value(field) }

    /// Whether the client sent the field, and be it null.
    func has(_ field: MessageField) -> Bool { object.member(field.name, or: field.camelName) != nil }

    func message(_ field: MessageField) -> RequestFields? { value(field).map(RequestFields.init) }

    func messages<Result>(_ field: MessageField, _ read: (RequestFields) throws -> Result) rethrows -> [Result] {
        try value(field)?.elements.map { try read(RequestFields($0)) } ?? []
    }
}
