import MartletCore
import MartletRegistry

/// One endpoint of MLflow's protocol: where it is, what it takes, and what it does.
struct TrackingEndpoint: Sendable {
    enum Method: Sendable {
        case get, post, patch, delete

        var http: HTTPRequest.Method {
            switch self {
            case .get: .get
            case .post: .post
            case .patch: .patch
            case .delete: .delete
            }
        }
    }

    /// The version of the protocol that is part of an address.
    enum Version: String, Sendable { case v2 = "2.0", v3 = "3.0" }

    /// Under which of the two prefixes it is: that of clients, or that of web pages too.
    enum Reach: Sendable { case everywhere, webPages }

    let method: Method
    /// Behind the prefix, for example `runs/create` or `logged-models/{model_id}`.
    let path: String
    let version: Version
    let reach: Reach
    /// The largest body, in bytes; `nil` for the server's own limit.
    let bodySizeMaxBytes: Int?
    let schema: EndpointSchema
    /// How the tables of needs and notes name it: `POST 3.0/traces`.
    let name: String
    /// One that the table does not name needs an administrator.
    let need: AccessNeed
    private let note: EndpointNote?
    /// Whether it changes nothing.
    let isRead: Bool
    private let answer: @Sendable (RequestFields) async throws -> [UInt8]

    /// - Parameter answer: gives the body of the answer.
    init(
        _ method: Method, _ path: String, _ schema: EndpointSchema, version: Version = .v2, reach: Reach = .everywhere,
        bodySizeMaxBytes: Int? = nil, _ answer: @escaping @Sendable (RequestFields) async throws -> [UInt8]
    ) {
        self.method = method
        self.path = path
        self.version = version
        self.schema = schema
        self.reach = reach
        self.bodySizeMaxBytes = bodySizeMaxBytes
        self.answer = answer
        name = "\(method.http) \(version == .v3 ? "3.0/" : "")\(path)"
        need = AccessNeed.table[name] ?? .administrator
        note = EndpointNote.table[name]
        isRead = need.claims.allSatisfy { $0.role == .read }
    }

    /// An endpoint that has nothing to say but that it is done.
    init(
        _ path: String, _ schema: EndpointSchema, method: Method = .post, version: Version = .v2, bodySizeMaxBytes: Int? = nil,
        done: @escaping @Sendable (RequestFields) async throws -> Void
    ) {
        self.init(method, path, schema, version: version, bodySizeMaxBytes: bodySizeMaxBytes) { fields in
            try await done(fields)
            return Self.nothing
        }
    }

    private static let nothing = Array("{}".utf8)

    /// Reads a request, as far as that needs no store.
    /// - Parameter parameters: of the path.
    func read(
        _ request: TrackingRequest, _ parameters: RouteParameters = RouteParameters(), for principal: Principal = .everybody
    ) -> Result<RequestFields, TrackingFault> {
        Result { () throws(TrackingFault) in
            var fields = try schema.read(request)
            fields.parameters = parameters
            fields.principal = principal
            return fields
        }
    }

    /// Answers what was read, or refused. - Throws: what is the server's own fault.
    func respond(to request: Result<RequestFields, TrackingFault>, past gate: AccessGate? = nil) async throws -> TrackingAnswer {
        do {
            let fields = try request.get()
            try await gate?.check(fields, need)
            let body = try await answer(fields)
            if let gate, let note { await gate.note(note.kind, note.subject(fields), by: fields.principal) }
            return TrackingAnswer(status: 200, body: body, isRepeatable: isRead)
        } catch {
            guard let fault = TrackingFault(refusing: error) else { throw error }
            return TrackingAnswer(status: fault.status, body: fault.body)
        }
    }
}

/// An answer in JSON.
struct TrackingAnswer: Sendable, Equatable {
    let status: Int
    let body: [UInt8]
    var isRepeatable = false
}
