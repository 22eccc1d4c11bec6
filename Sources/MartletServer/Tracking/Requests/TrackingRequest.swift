import MartletRegistry

/// What a request says before it is known what it means.
struct TrackingRequest: Sendable {
    enum Method: Sendable {
        case get
        /// `POST` and `PUT`, which must say what their body is.
        case post
        /// `PATCH` and `DELETE`.
        case other
    }

    let method: Method
    /// Percent-decoded, in order.
    let query: [(name: String, value: String)]
    let contentType: String?
    let body: [UInt8]

    init(_ method: Method, query: [(name: String, value: String)] = [], contentType: String? = nil, body: [UInt8] = []) {
        self.method = method
        self.query = query
        self.contentType = contentType
        self.body = body
    }

    /// The object that the query or the body amounts to. A body that is no JSON is an empty object, as MLflow has it.
    func message(_ shape: MessageShape) throws(TrackingFault) -> RequestValue {
        if method == .get, !query.isEmpty { return try queryMessage(shape) }
        if method == .post { try checkContentType() }
        guard let document = try RequestDocument(body) else { return Self.empty }
        return try Self.object(document.root)
    }

    private static let empty = RequestDocument.empty.root

    private func checkContentType() throws(TrackingFault) {
        guard let contentType else { throw TrackingFault(.invalidParameterValue, "Bad Request. Content-Type header is missing.") }
        guard contentType.prefix(while: { $0 != ";" }) == "application/json" else {
            throw TrackingFault(.invalidParameterValue, "Bad Request. Content-Type must be one of ['application/json'].")
        }
    }

    /// Old clients send their object as JSON in a text.
    private static func object(_ root: RequestValue) throws(TrackingFault) -> RequestValue {
        var root = root
        if let text = root.text, let inner = try RequestDocument(Array(text.utf8)) { root = inner.root }
        switch root.kind {
        case .object: return root
        case .null: return empty
        default:
            throw TrackingFault(
                .invalidParameterValue, "Bad Request. The body must be a JSON object, and was of type '\(root.pythonType)'.")
        }
    }

    private func queryMessage(_ shape: MessageShape) throws(TrackingFault) -> RequestValue {
        var output = JSONOutput()
        var fault: TrackingFault?
        output.object { output in
            for field in shape.fields {
                let name = "\(field.name)"
                let values = query.lazy.filter { $0.name == name }.map(\.value)
                guard let first = values.first else { continue }
                output.name(field.name)
                if field.isRepeated {
                    output.array(Array(values)) { $0.write($1) }
                } else if case .boolean = field.kind {
                    let isTrue = first.lowercased() == "true"
                    output.write(isTrue)
                    guard !isTrue, first.lowercased() != "false" else { continue }
                    fault = TrackingFault(
                        .invalidParameterValue, "Invalid boolean value: \(first), must be 'true' or 'false'.")
                } else {
                    output.write(first)
                }
            }
        }
        if let fault { throw fault }
        return try RequestDocument(output.finished())?.root ?? Self.empty
    }
}
