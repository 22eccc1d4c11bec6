import MartletCore

/// What a client of Ray shows to be let in, found where Ray's own clients find it.
package struct RayAccess: Sendable, Equatable {
    /// Sent with each request.
    package let headers: [String: String]

    /// - Parameter token: of a cluster with `RAY_AUTH_MODE=token`.
    package init(token: String? = nil) {
        headers = token.map { ["authorization": "Bearer \($0)"] } ?? [:]
    }

    /// Looks at `RAY_AUTH_TOKEN`, then at the file that `RAY_AUTH_TOKEN_PATH` names, then at `.ray/auth_token` in the home folder; and at
    /// `RAY_JOB_HEADERS`, a JSON object of headers for what stands before Ray.
    ///
    /// - Parameter file: what a file holds; `nil` where there is none.
    /// - Throws: `invalidInput` where a file that is named is not there, or the headers are no object of texts.
    package init(environment: [String: String], file: (String) throws -> String?) throws {
        let given = { (name: String) in environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        var headers = try given("RAY_JOB_HEADERS").map(Self.headers) ?? [:]
        var token = given("RAY_AUTH_TOKEN")
        if token == nil, let path = given("RAY_AUTH_TOKEN_PATH") {
            guard let text = try file(path) else {
                throw MartletError(.invalidInput, "RAY_AUTH_TOKEN_PATH names '\(path)', and no file is there: write the token into it")
            }
            token = text
        }
        if token == nil, let home = given("HOME") { token = try file("\(home)/.ray/auth_token") }
        if let word = token.map(Self.trimmed), !word.isEmpty {
            guard word.unicodeScalars.allSatisfy({ ("!"..."~").contains($0) }) else {
                throw MartletError(.invalidInput, "Ray's token has white space or other characters inside that no token has: copy it again")
            }
            headers["authorization"] = "Bearer \(word)"
        }
        self.headers = headers
    }

    private static func headers(of text: String) throws -> [String: String] {
        let value = try JSONValue(parsing: text, as: "RAY_JOB_HEADERS")
        let headers = value.object?.compactMapValues(\.string)
        guard let headers, headers.count == value.object?.count else {
            throw MartletError(.invalidInput, "RAY_JOB_HEADERS is not a JSON object of texts: write it as {\"name\": \"value\"}")
        }
        return Dictionary(headers.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { $1 })
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
