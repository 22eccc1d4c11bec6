package import MartletCore

/// What a server says of the models that it has or could load.
package struct RepositoryDescription: Sendable {
    /// One version of a model.
    package struct Entry: Sendable, Equatable {
        package var name: String
        /// `nil` where no version was ever loaded.
        package var version: String?
        /// `READY`, `LOADING`, `UNLOADING` or `UNAVAILABLE`.
        package var state: String
        /// Why it is in that state; empty where there is nothing to say.
        package var reason: String

        /// Makes an entry.
        package init(name: String, version: String?, state: String, reason: String = "") {
            self.name = name
            self.version = version
            self.state = state
            self.reason = reason
        }
    }

    package var entries: [Entry]

    /// Makes a description.
    package init(_ entries: [Entry]) { self.entries = entries }

    /// The body of `POST /v2/repository/index`. - Parameter readyOnly: what the request's `ready` says.
    package func index(readyOnly: Bool = false) -> JSONValue {
        .array(
            entries.filter { !readyOnly || $0.state == "READY" }.map { entry in
                var members: [String: JSONValue] = [
                    "name": .string(entry.name), "state": .string(entry.state), "reason": .string(entry.reason),
                ]
                members["version"] = entry.version.map(JSONValue.string)
                return .object(members)
            })
    }

    /// Whether the request of an index asks for ready models only. - Parameter body: JSON; may be empty.
    /// - Throws: `invalidInput`.
    package static func asksForReadyOnly(_ body: [UInt8]) throws -> Bool {
        guard !body.isEmpty else { return false }
        let request = try JSONValue(parsing: body, as: "the repository index request")
        switch request["ready"] {
        case .boolean(let isReady)?: return isReady
        case nil where request.object != nil: return false
        default: throw MartletError(.invalidInput, "the repository index request: expected an object whose 'ready' is true or false")
        }
    }
}
