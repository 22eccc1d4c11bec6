import MartletRegistry

/// One of the checks of a field, in the order and the words of MLflow.
enum FieldCheck: Sendable {
    /// Neither absent nor null nor an empty text; 0, false and empty lists pass.
    case required
    case text
    case integerLike
    case numberLike
    case boolean
    case array
    case texts
    case atMost(Int64)
    /// What is a number must be of an enumeration's; its fraction is cut off. Texts that name nothing are passed over elsewhere.
    case numberWithin(ClosedRange<Int64>)
    /// A range, and what to say outside of it.
    case within(ClosedRange<Int64>, String)
    /// The most elements, and what to say of more.
    case countAtMost(Int, @Sendable (Int) -> String)
    /// Members that each element must have.
    case elementsHave([StaticString])
    /// A member `key` that each element must have, whatever it is; the whole list is refused otherwise.
    case elementsHaveKeys

    /// Whether it asks what kind of value there is, which is not asked where each value fits its field.
    private var isOfKind: Bool {
        switch self {
        case .text, .integerLike, .numberLike, .boolean, .array, .texts: true
        default: false
        }
    }

    /// Checks a value that a client sent for a field; `nil` where it sent none.
    /// - Parameter fits: whether all values fit their fields.
    func check(_ value: RequestValue?, of field: StaticString, fits: Bool) throws(TrackingFault) {
        if fits && isOfKind { return }
        if case .required = self {
            guard let value, !value.isNull, !value.isEmptyText else { throw .missingValue("\(field)") }
            return
        }
        if case .elementsHave(let names) = self { return try Self.checkElements(of: value, field, names) }
        if let text = refusal(value) { throw TrackingFault(.invalidParameterValue, text + TrackingFault.seeDocumentation) }
        guard passes(value) else { throw .invalidValue(value, "\(field)") }
    }

    /// What is said in words of its own.
    private func refusal(_ value: RequestValue?) -> String? {
        switch self {
        case .within(let range, let text): value?.fieldInteger.map { range.contains($0) } == false ? text : nil
        case .countAtMost(let most, let text):
            value.flatMap { value in
                let count = value.elements.reduce(0) { sum, _ in sum + 1 }
                return count > most ? text(count) : nil
            }
        default: nil
        }
    }

    private func passes(_ value: RequestValue?) -> Bool {
        switch self {
        case .text: value?.kind == .text
        case .integerLike: value.map(Self.isIntegerLike) ?? false
        case .numberLike: value.map { $0.kind == .number || $0.fieldNumber != nil } ?? false
        case .boolean: value?.kind == .boolean
        case .array: value?.kind == .array
        case .texts: value?.elements.allSatisfy { $0.kind == .text } ?? false
        case .atMost(let most): value?.fieldInteger.map { $0 <= most } ?? true
        case .numberWithin(let range):
            value.map { $0.kind != .integer && $0.kind != .number || $0.wholeNumber.map(range.contains) == true } ?? true
        case .elementsHaveKeys: value?.elements.allSatisfy { $0.member("key").map { !$0.isNull && !$0.isEmptyText } ?? false } ?? true
        case .required, .within, .countAtMost, .elementsHave: true
        }
    }

    private static func isIntegerLike(_ value: RequestValue) -> Bool {
        switch value.kind {
        case .boolean, .integer: true
        case .number: value.number?.isFinite == true
        case .text: value.text.flatMap(PythonText.integer) != nil
        case .null, .array, .object: false
        }
    }

    private static func checkElements(of value: RequestValue?, _ field: StaticString, _ names: [StaticString]) throws(TrackingFault) {
        guard let value else { return }
        let document = value.document
        var index = 0
        try document.forEachElement(of: value.index) { (element) throws(TrackingFault) in
            guard document.marks[element].kind == .object else { throw .invalidValue(value, "\(field)") }
            for name in names {
                guard let member = document.member(of: element, name), !document.isNothing(member) else {
                    throw .missingValue("\(field)[\(index)].\(name)")
                }
            }
            index += 1
        }
    }
}

extension RequestDocument {
    /// Whether a value is null or an empty text.
    fileprivate func isNothing(_ index: Int) -> Bool {
        let mark = marks[index]
        return mark.kind == .null || (mark.kind == .text && mark.start == mark.end)
    }
}

extension TrackingFault {
    static let seeDocumentation = " See the API docs for more information about request parameters."

    static func missingValue(_ field: String) -> TrackingFault {
        TrackingFault(.invalidParameterValue, "Missing value for required parameter '\(field)'." + seeDocumentation)
    }

    /// - Parameter value: what was sent; `nil` where it was nothing.
    static func invalidValue(_ value: RequestValue?, _ field: String) -> TrackingFault {
        let (text, type) = (value?.pythonText ?? "null", value?.pythonType ?? "NoneType")
        return TrackingFault(
            .invalidParameterValue,
            "Invalid value \(text) for parameter '\(field)' supplied:  Hint: Value was of type '\(type)'." + seeDocumentation)
    }
}
