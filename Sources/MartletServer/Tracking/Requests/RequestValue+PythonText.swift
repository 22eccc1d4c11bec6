import MartletRegistry

/// A value as MLflow's messages show it.
extension RequestValue {
    /// What Python's `json.dumps` writes with sorted keys and without spaces; all that is not ASCII is escaped.
    var pythonText: String {
        switch kind {
        case .null, .boolean: String(decoding: source, as: UTF8.self)
        case .integer: source.elementsEqual("-0".utf8) ? "0" : String(decoding: source, as: UTF8.self)
        case .number: Self.token(number ?? .nan)
        case .text: MartletRegistry.JSONText.quoted(text ?? "")
        case .array: "[" + elements.map(\.pythonText).joined(separator: ",") + "]"
        case .object: objectText
        }
    }

    private static func token(_ number: Double) -> String {
        guard number.isFinite else { return number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity" }
        return PythonNumber.text(number)
    }

    private var objectText: String {
        var last: [String: RequestValue] = [:]
        for member in members { last[member.name.text ?? ""] = member.value }
        let sorted = last.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return "{" + sorted.map { MartletRegistry.JSONText.quoted($0.key) + ":" + $0.value.pythonText }.joined(separator: ",") + "}"
    }

    /// The name of the Python type that the value has there.
    var pythonType: String {
        switch kind {
        case .null: "NoneType"
        case .boolean: "bool"
        case .integer: "int"
        case .number: "float"
        case .text: "str"
        case .array: "list"
        case .object: "dict"
        }
    }
}
