import MartletCore

/// One method of one path of an OpenAPI document.
struct OpenAPIOperation {
    /// What is answered where all is well, or where a body of the same kind says that it is not.
    struct Answer {
        let status: Int
        let description: String
        let contentType: String
        /// The name of a schema; `nil` for a body without one.
        let schema: String?

        init(_ status: Int, _ description: String, _ schema: String?, contentType: String = "application/json") {
            self.status = status
            self.description = description
            self.schema = schema
            self.contentType = contentType
        }
    }

    let method: String
    let path: String
    let identifier: String
    let summary: String
    var parameters: [JSONValue] = []
    var body: JSONValue?
    var isBodyRequired = true
    var answers: [Answer]
    /// A body that is answered, for people to start from.
    var example: JSONValue?
    /// The statuses of errors.
    var refusals: [Int] = []
    /// The schema of errors' bodies.
    var refusalSchema: String

    init(
        _ method: String, _ path: String, _ identifier: String, _ summary: String, parameters: [JSONValue] = [], body: JSONValue? = nil,
        isBodyRequired: Bool = true, example: JSONValue? = nil, answers: [Answer], refusals: [Int] = [], refusalSchema: String = "Error"
    ) {
        self.method = method
        self.path = path
        self.identifier = identifier
        self.summary = summary
        self.parameters = parameters
        self.body = body
        self.isBodyRequired = isBodyRequired
        self.answers = answers
        self.example = example
        self.refusals = refusals
        self.refusalSchema = refusalSchema
    }

    /// The operation object.
    var json: JSONValue {
        var members: [String: JSONValue] = [
            "operationId": .string(identifier), "summary": .string(summary), "responses": .object(responses),
        ]
        if !parameters.isEmpty { members["parameters"] = .array(parameters) }
        if let body {
            var content: [String: JSONValue] = ["schema": body]
            content["example"] = example
            members["requestBody"] = ["required": .boolean(isBodyRequired), "content": ["application/json": .object(content)]]
        }
        return .object(members)
    }

    private var responses: [String: JSONValue] {
        // The server itself refuses what is malformed before it looks at the address, and what it has no room for.
        var responses = Dictionary(([400, 503] + refusals).map { ("\($0)", refusal($0)) }, uniquingKeysWith: { $1 })
        for answer in answers {
            responses["\(answer.status)"] = [
                "description": .string(answer.description),
                "content": [answer.contentType: answer.schema.map { ["schema": OpenAPISchemas.reference($0)] } ?? [:]],
            ]
        }
        return responses
    }

    private func refusal(_ status: Int) -> JSONValue {
        let descriptions = [
            400: "The request is malformed, or the model cannot take it.", 404: "There is no such model or version.",
            409: "The model is just being loaded or unloaded.", 413: "The body is too large, or it has too many rows.",
            415: "The body's type is not known.",
            429: "More waits than can be answered in time; Retry-After says when to come again.",
            503: "The model or the server cannot answer now.", 504: "The request's own time is over.",
        ]
        return [
            "description": .string(descriptions[status] ?? "The request is refused."),
            "content": ["application/json": ["schema": OpenAPISchemas.reference(refusalSchema)]],
        ]
    }
}
