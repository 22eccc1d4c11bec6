import MartletCore
import MartletRegistry

/// `POST /v1/traces`: spans in OpenTelemetry's protocol over HTTP, as protocol buffers or JSON.
struct TraceReceiver: Sendable {
    static let path = "/v1/traces"

    private let store: TraceStore
    private let gate: AccessGate

    init(_ store: TraceStore, _ gate: AccessGate) {
        self.store = store
        self.gate = gate
    }

    /// Adds the route.
    func add(to router: inout Router) {
        router.on(.post, Self.path) { request, _ in
            do {
                try await receive(request)
                return .bytes(200, [UInt8](), contentType: "application/x-protobuf")
            } catch let refusal as Refusal {
                return Self.json(refusal.status, refusal.body)
            } catch {
                guard let fault = TrackingFault(refusing: error) else { throw error }
                return fault.response
            }
        }
    }

    /// What is said of a body that cannot be decompressed; `nil` where nothing is wrong with that.
    static func response(to fault: RequestFault.CodingFault?) -> HTTPResponse? {
        let detail: String
        switch fault {
        case .broken(let coding): detail = "Failed to decompress \(coding) payload"
        case .unknown(let coding): detail = "Unsupported Content-Encoding: \(coding)"
        case nil: return nil
        }
        return json(400, Refusal(400, detail).body)
    }

    private static func json(_ status: Int, _ body: [UInt8]) -> HTTPResponse {
        .bytes(status, body, contentType: "application/json")
    }

    private func receive(_ request: HTTPRequest) async throws {
        let principal = try await gate.principal(request)
        guard let experiment = request.headers["x-mlflow-experiment-id"] else { throw Refusal.noExperiment }
        try await gate.check(principal, .write, PythonText.integer(experiment).map { .experiment($0) })
        let groups = try Self.groups(request)
        guard !groups.isEmpty else { throw Refusal(400, "Invalid OpenTelemetry format - no spans found") }
        let run = request.headers["x-mlflow-run-id"].flatMap { $0.isEmpty ? nil : $0 }
        if let run { try await gate.check(principal, .write, run: run) }
        do {
            try await store.log(groups, experiment: experiment, run: run) { principal.role(on: .experiment($0)) >= .write }
        } catch let flaw as SpanFlaw {
            throw flaw == .identifier
                ? Refusal(422, "Cannot convert OpenTelemetry span to MLflow span") : Refusal(422, "Failed to log OpenTelemetry spans")
        }
    }

    private static func groups(_ request: HTTPRequest) throws -> [ReceivedSpans] {
        let type = request.headers["content-type"]
        let bytes = request.body.bytes
        do {
            switch type?.prefix(while: { $0 != ";" }).filter({ $0 != " " }) {
            case "application/x-protobuf": return try TraceRequestReader.read(bytes)
            case "application/json": return try TraceRequestJSON.read(bytes)
            default:
                throw Refusal(
                    400, "Invalid Content-Type: \(type ?? "None"). Expected: application/x-protobuf or application/json")
            }
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            // What is wrong where is told to nobody, as MLflow has it.
            throw Refusal(400, "Invalid OpenTelemetry format")
        }
    }
}

/// A refusal in the form of the server of MLflow's that takes spans.
private struct Refusal: Error {
    let status: Int
    let body: [UInt8]

    init(_ status: Int, _ detail: String) {
        self.status = status
        body = Array("{\"detail\":\(MartletRegistry.JSONText.quoted(detail))}".utf8)
    }

    private init(status: Int, body: String) {
        self.status = status
        self.body = Array(body.utf8)
    }

    static let noExperiment = Refusal(
        status: 422,
        body: #"{"detail":[{"type":"missing","loc":["header","x-mlflow-experiment-id"],"msg":"Field required","input":null}]}"#)
}
