import MartletCore

/// One request, wholly received.
package struct HTTPRequest: Sendable {
    /// A request method, in capitals as it is sent.
    package struct Method: Hashable, Sendable, CustomStringConvertible {
        /// The method's name.
        package let name: String

        /// Makes a method of any name.
        package init(_ name: String) { self.name = name }

        /// Reads a thing.
        package static let get = Method("GET")
        /// Reads a thing's header fields only.
        package static let head = Method("HEAD")
        /// Submits something.
        package static let post = Method("POST")
        /// Stores a thing under the path.
        package static let put = Method("PUT")
        /// Changes a part of a thing.
        package static let patch = Method("PATCH")
        /// Removes a thing.
        package static let delete = Method("DELETE")
        /// Asks which methods a path has.
        package static let options = Method("OPTIONS")

        /// The method's name.
        package var description: String { name }
    }

    /// The body as it was meant, without a content coding; empty where there is none.
    package let body: HTTPBody
    /// The client's IP address, without a port.
    package let remoteAddress: String
    /// Whether it came by TLS.
    package let isEncrypted: Bool

    private let head: RequestHead
    private let identity: RequestID

    /// Makes a request, as tests and in-process callers need one.
    /// - Parameter target: a path, and a query after `?`, both percent-encoded.
    /// - Throws: `MartletError` with code `invalidInput` where the target is malformed.
    package init(
        _ method: Method, _ target: String, headers: HeaderFields = [:], body: HTTPBody = [],
        remoteAddress: String = "127.0.0.1", id: String = "in-process"
    ) throws {
        let head = RequestHead(method, try RequestTarget(parsing: target), headers)
        self.init(head, body, remoteAddress: remoteAddress, isEncrypted: false, id: RequestID(id))
    }

    init(_ head: RequestHead, _ body: HTTPBody, remoteAddress: String, isEncrypted: Bool, id: RequestID) {
        self.head = head
        self.body = body
        self.remoteAddress = remoteAddress
        self.isEncrypted = isEncrypted
        identity = id
    }

    /// The method.
    package var method: Method { head.method }

    /// The header fields.
    package var headers: HeaderFields { head.headers }

    /// The path as it was sent: still percent-encoded, without the query.
    package var path: String { head.target.path }

    /// The parts of the path between slashes, percent-decoded; never empty, `.` or `..`, never with control characters.
    package var pathComponents: [String] { head.target.components }

    /// The items of the query, percent-decoded, in order.
    package var query: [QueryItem] { head.target.query }

    /// The id that names this request in answers and logs: 1 to 128 visible ASCII characters.
    package var id: String { identity.text }

    /// The first value of a query item; `nil` where it is absent.
    package func query(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// A query item as a number or another type that is read from text; `nil` where it is absent.
    /// - Throws: `invalidInput` where the text cannot be read as that type.
    package func query<T: LosslessStringConvertible>(_ name: String, as type: T.Type) throws -> T? {
        guard let text = query(name) else { return nil }
        guard let value = T(text) else {
            throw MartletError(.invalidInput, "query item '\(name)': expected \(T.self), found '\(text.prefix(80))'")
        }
        return value
    }
}

/// One `name=value` of a query; the value is empty where there was no `=`.
package struct QueryItem: Sendable, Equatable {
    /// The name.
    package let name: String
    /// The value.
    package let value: String
}
