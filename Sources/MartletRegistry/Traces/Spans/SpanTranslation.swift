import MartletCore

/// The attributes of a span as MLflow stores them: each as JSON, and some of MLflow's own made of those of other conventions.
enum SpanTranslation {
    static let trace = "mlflow.traceRequestId"
    static let type = "mlflow.spanType"
    static let inputs = "mlflow.spanInputs"
    static let outputs = "mlflow.spanOutputs"
    static let model = "mlflow.llm.model"
    static let provider = "mlflow.llm.provider"
    /// Before the keys of tags that a root span gives to its trace.
    static let tagPrefix = "mlflow.traceTag."

    static func attributes(of span: ReceivedSpan, trace id: String, service: String?) -> [KeyedText] {
        var attributes = AttributeTexts()
        for attribute in span.attributes.distinct { attributes[attribute.key] = text(attribute.value) }
        attributes[trace] = "\"\(id)\""
        if let service { attributes[ServiceName.key] = PythonJSON.quoted(service) }
        translate(&attributes)
        return attributes.pairs
    }

    /// A text that is JSON of a text, a list or an object already stays what it is: clients write their own values so.
    private static func text(_ value: SpanValue) -> String {
        guard case .text(let text) = value, let first = text.utf8.first(where: { $0 > 0x20 }), "\"[{".utf8.contains(first) else {
            return value.json
        }
        // What is no JSON is a text like any other.
        return (try? PythonValue(parsing: text, as: "an attribute")) == nil ? value.json : text
    }

    private static func translate(_ attributes: inout AttributeTexts) {
        let known = attributes[type].map { PythonJSON.unquoted($0) ?? $0 }
        if known == nil || known == "UNKNOWN", let found = SpanConvention.type(attributes) { attributes[type] = PythonJSON.quoted(found) }
        for (key, sources) in [(inputs, SpanConvention.inputs), (outputs, SpanConvention.outputs)] where attributes[key] == nil {
            if let value = attributes.first(sources) { attributes[key] = value }
        }
        if attributes[TraceUsage.tokens.attribute] == nil, let usage = SpanConvention.tokens(attributes) {
            attributes[TraceUsage.tokens.attribute] = usage
        }
        if attributes[model] == nil, let name = attributes.first(SpanConvention.models) ?? SpanConvention.modelOfInputs(attributes) {
            attributes[model] = name
        }
        if attributes[provider] == nil, let name = attributes.first(SpanConvention.providers) { attributes[provider] = name }
    }
}

/// Attributes by key in the order in which they were first set, each value as JSON.
struct AttributeTexts {
    private(set) var pairs: [KeyedText] = []
    /// By the bytes of keys: texts that Unicode has as equivalent are two keys.
    private var places: [[UInt8]: Int] = [:]

    subscript(key: String) -> String? {
        get { places[Array(key.utf8)].map { pairs[$0].value } }
        set {
            guard let newValue else { return }
            if let place = places[Array(key.utf8)] {
                pairs[place].value = newValue
            } else {
                places[Array(key.utf8)] = pairs.count
                pairs.append(KeyedText(key, newValue))
            }
        }
    }

    /// JSON that is nothing to Python.
    private static let nothings: Set = ["null", "\"\"", "0", "0.0", "-0.0", "[]", "{}", "false"]

    /// The value of the first of some keys that has one which is not nothing.
    func first(_ keys: [String]) -> String? {
        keys.lazy.compactMap { self[$0] }.first { !Self.nothings.contains($0) }
    }
}

extension PythonJSON {
    /// The text of JSON that is a text; else `nil`.
    static func unquoted(_ json: String) -> String? {
        guard json.utf8.first == UInt8(ascii: "\"") else { return nil }
        // What is no JSON has no text.
        return try? PythonValue(parsing: json, as: "an attribute").string
    }
}
