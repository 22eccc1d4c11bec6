import MartletRegistry

/// The fields of a message that was found to fit its shape. A field that is absent or null is `nil`, or empty where it is repeated.
///
/// So is one that the shape of the whole message does not have, so that whoever looks at it later sees what the endpoint sees.
struct RequestFields: Sendable {
    private var object: RequestValue
    /// `nil` in a message within a message, of which nobody reads what is not its own.
    private let shape: MessageShape?
    /// Those of the path; none in a message within a message.
    var parameters = RouteParameters()
    /// Who asks.
    var principal = Principal.everybody

    init(_ object: RequestValue, _ shape: MessageShape? = nil) {
        self.object = object
        self.shape = shape
    }

    /// What was sent for a field, under either of its names.
    private func value(_ field: MessageField) -> RequestValue? { place(of: field).map { RequestValue(object.document, $0) } }

    /// Where that is in the document; `nil` also for null.
    private func place(of field: MessageField) -> Int? { member(field).flatMap { object.document.marks[$0].kind == .null ? nil : $0 } }

    private func member(_ field: MessageField) -> Int? {
        guard shape?.takes(field) ?? true else { return nil }
        return object.document.member(of: object.index, field.name, or: field.camelName)
    }

    func text(_ field: MessageField) -> String? { place(of: field).flatMap(object.document.text) }

    func integer(_ field: MessageField) -> Int64? {
        place(of: field).flatMap { object.document.integer(at: $0) ?? RequestValue(object.document, $0).fieldInteger }
    }

    func number(_ field: MessageField) -> Double? {
        guard let place = place(of: field) else { return nil }
        if let number = object.document.number(at: place), number.isFinite { return number }
        return RequestValue(object.document, place).fieldNumber
    }

    func boolean(_ field: MessageField) -> Bool? { value(field)?.boolean }

    /// The number of a name; `nil` also where there is none of that name or number.
    func enumeration(_ field: MessageField) -> Int? {
        guard case .enumeration(let names) = field.kind, let value = value(field) else { return nil }
        if value.kind == .text, let index = names.firstIndex(where: value.matches) { return index + 1 }
        return (value.fieldInteger ?? value.wholeNumber).flatMap { (1...Int64(names.count)).contains($0) ? Int($0) : nil }
    }

    func texts(_ field: MessageField) -> [String] { value(field)?.elements.compactMap(\.text) ?? [] }

    /// Of a map: its texts in order; of two equal names both.
    func textMap(_ field: MessageField) -> [(name: String, text: String)] {
        value(field)?.members.compactMap { member in member.name.text.flatMap { name in member.value.text.map { (name, $0) } } } ?? []
    }

    /// Any JSON; `nil` also for null.
    func anything(_ field: MessageField) -> RequestValue? { value(field) }

    /// Whether the client sent the field, and be it null.
    func has(_ field: MessageField) -> Bool { member(field) != nil }

    func message(_ field: MessageField) -> RequestFields? { value(field).map { RequestFields($0) } }

    func messages<Result>(_ field: MessageField, _ read: (RequestFields) throws -> Result) rethrows -> [Result] {
        guard let list = value(field) else { return [] }
        // One for all items: a batch has many.
        var item = RequestFields(list)
        return try list.document.elements(of: list.index).map { element in
            item.object.index = element
            return try read(item)
        }
    }
}
