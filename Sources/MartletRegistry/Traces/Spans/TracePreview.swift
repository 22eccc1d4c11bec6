import MartletCore

/// What is shown of the inputs or outputs of a trace: of a conversation its last message, else the JSON.
enum TracePreview {
    /// In code points.
    static let lengthMax = 1000

    /// - Parameter json: of a root span's inputs or outputs.
    static func text(_ json: String, role: String) -> String {
        // What is no JSON is shown as it is.
        let value = try? PythonValue(parsing: json, as: "a preview")
        let content = value.flatMap { messages(in: $0) }.flatMap { message(of: role, in: $0) }.map(text) ?? ""
        return cut(content.isEmpty ? json : content)
    }

    private static func cut(_ text: String) -> String {
        guard KeyRule.isLonger(text, than: lengthMax) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(lengthMax - 3))) + "..."
    }

    /// The messages of a request or an answer in OpenAI's forms.
    private static func messages(in value: PythonValue) -> [PythonValue]? {
        guard value.object != nil else { return nil }
        if let messages = list(value["messages"]) { return messages.filter(isMessage) }
        if let message = value["choices"]?.array?.first?["message"], isMessage(message) { return [message] }
        if let input = list(value["input"]) { return input.filter(isMessage) }
        if let output = list(value["output"]) { return output.filter(isMessage) }
        return value["request"].flatMap(messages)
    }

    private static func list(_ value: PythonValue?) -> [PythonValue]? {
        value?.array.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func isMessage(_ value: PythonValue) -> Bool { value["role"] != nil && value["content"] != nil }

    private static func message(of role: String, in messages: [PythonValue]) -> PythonValue? {
        messages.last { $0["role"]?.string == role } ?? messages.last
    }

    private static func text(_ message: PythonValue) -> String {
        guard let parts = message["content"]?.array else { return message["content"]?.string ?? "" }
        for part in parts {
            if let text = part.string { return text }
            if ["text", "output_text"].contains(part["type"]?.string) { return part["text"]?.string ?? "" }
        }
        return ""
    }
}
