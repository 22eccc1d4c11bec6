package import MartletCore

/// A request to Ray's Jobs API, before it is sent.
package struct RayRequest: Sendable, Equatable {
    package let method: String
    /// From the root of Ray's address on, with its query.
    package let path: String
    package var headers: [String: String] = [:]
    /// Sent as JSON; `nil` for no body.
    package var body: JSONValue?

    init(_ method: String, _ path: String, body: JSONValue? = nil) {
        self.method = method
        self.path = path
        self.body = body
        if body != nil { headers["content-type"] = "application/json" }
    }

    static let version = RayRequest("GET", "/api/version")
    static let jobs = RayRequest("GET", "/api/jobs/")
    /// Not Ray's `/nodes`, which writes the names of resources otherwise than they were given.
    static let nodes = RayRequest("GET", "/api/v0/nodes?detail=true&limit=\(RayNode.countMax)")

    static func submit(_ job: RayJob) throws -> RayRequest { RayRequest("POST", "/api/jobs/", body: try job.body()) }
    static func details(_ id: RayJobID) -> RayRequest { RayRequest("GET", "/api/jobs/\(id)") }
    static func log(_ id: RayJobID) -> RayRequest { RayRequest("GET", "/api/jobs/\(id)/logs") }
    static func stop(_ id: RayJobID) -> RayRequest { RayRequest("POST", "/api/jobs/\(id)/stop") }
    static func delete(_ id: RayJobID) -> RayRequest { RayRequest("DELETE", "/api/jobs/\(id)") }
}

/// What Ray's Jobs API answers, whatever carried it here.
package struct RayAnswer: Sendable, Equatable {
    package let status: Int
    package let body: [UInt8]

    package init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }

    /// How much of what Ray says goes into a message.
    static let sentenceLengthMax = 500

    var isSuccess: Bool { (200..<300).contains(status) }

    /// The body of an answer that grants what was asked. - Throws: what Ray says otherwise, and what to do about it.
    func value(of what: String) throws -> JSONValue {
        guard isSuccess else { throw refusal(of: what) }
        return try JSONValue(parsing: body, as: "Ray's answer to \(what)")
    }

    /// Why Ray does not do what it was asked.
    func refusal(of what: String) -> MartletError {
        let said = Self.sentence(of: String(decoding: body, as: UTF8.self))
        let answer = "\(what): Ray answers \(status), '\(said)'"
        return switch status {
        case 401, 403: MartletError(.invalidInput, "\(answer); set RAY_AUTH_TOKEN to the cluster's token")
        case 404: MartletError(.notFound, answer)
        case 400..<500: MartletError(.invalidInput, answer)
        default: MartletError(.unavailable, "\(answer); look at the log of Ray's head node if it stays so")
        }
    }

    /// What a text of Ray's comes to: of Python's traces the last line says it.
    static func sentence(of text: String) -> String {
        let lines = text.split(whereSeparator: \.isNewline).map { line in
            String(line.drop(while: \.isWhitespace))
        }
        let telling = lines.filter { !$0.isEmpty && $0 != "." }
        let said = text.contains("Traceback (most recent call last)") ? telling.last ?? "" : telling.joined(separator: " ")
        return said.count > sentenceLengthMax ? said.prefix(sentenceLengthMax) + "…" : said
    }
}
