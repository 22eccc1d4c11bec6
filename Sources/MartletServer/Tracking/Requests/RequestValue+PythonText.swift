import MartletRegistry

/// A value as MLflow's messages show it.
extension RequestValue {
    /// What Python's `json.dumps` writes with sorted keys and without spaces; all that is not ASCII is escaped.
    var pythonText: String {
        switch kind {
        case .null, .boolean: String(decoding: source, as: UTF8.self)
        case .integer: source.elementsEqual("-0".utf8) ? "0" : String(decoding: source, as: UTF8.self)
        case .number: Self.token(number ?? .nan)
        case .text: PythonJSON.quoted(text ?? "")
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
        return "{" + sorted.map { PythonJSON.quoted($0.key) + ":" + $0.value.pythonText }.joined(separator: ",") + "}"
    }

    /// What Python's `repr` writes.
    var pythonRepresentation: String {
        switch kind {
        case .null: "None"
        case .boolean: boolean == true ? "True" : "False"
        case .integer: pythonText
        case .number: PythonNumber.text(number ?? .nan)
        case .text: PythonText.quoted(text ?? "")
        case .array: "[" + elements.map(\.pythonRepresentation).joined(separator: ", ") + "]"
        case .object: objectRepresentation
        }
    }

    /// Members stand where their names came first.
    private var objectRepresentation: String {
        var names: [String] = []
        var last: [String: String] = [:]
        for member in members {
            let name = PythonText.quoted(member.name.text ?? "")
            if last.updateValue(member.value.pythonRepresentation, forKey: name) == nil { names.append(name) }
        }
        return "{" + names.map { "\($0): \(last[$0] ?? "")" }.joined(separator: ", ") + "}"
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

/// JSON as Python writes it.
enum PythonJSON {
    /// A text in quotes; all that is not visible ASCII is escaped.
    static func quoted(_ text: String) -> String {
        var written = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": written += "\\\""
            case "\\": written += "\\\\"
            case "\n": written += "\\n"
            case "\r": written += "\\r"
            case "\t": written += "\\t"
            case "\u{8}": written += "\\b"
            case "\u{c}": written += "\\f"
            case " "..."~": written.unicodeScalars.append(scalar)
            default: for unit in String(scalar).utf16 { written += escape(unit) }
            }
        }
        return written + "\""
    }

    private static func escape(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
