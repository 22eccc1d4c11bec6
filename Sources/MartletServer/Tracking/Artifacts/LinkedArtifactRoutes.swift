import Foundation
import MartletCore
import MartletRegistry
import MartletStore

/// What web pages get of the files behind versions of models, logged models and traces.
struct LinkedArtifactRoutes: Sendable {
    private static let spansFile = "traces.json"

    let models: ModelRegistry
    let loggedModels: LoggedModelStore
    let traces: TraceStore
    let artifacts: ArtifactRoutes

    private var gate: AccessGate { artifacts.gate }

    /// Adds all routes.
    func add(to router: inout Router) {
        router.on(.get, "/model-versions/get-artifact") { request, _ in
            try await artifacts.answering(request) { try await versionFile(request, for: $0) }
        }
        router.on(.get, "/ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts/files") { request, parameters in
            let model = try parameters.string("model_id")
            return try await artifacts.answering(request) { try await modelFile(model, request, for: $0) }
        }
        for version in [TrackingEndpoint.Version.v2, .v3] {
            router.on(.get, "/ajax-api/\(version.rawValue)/mlflow/get-trace-artifact") { request, _ in
                try await artifacts.answering(request) { try await traceFile(request, for: $0) }
            }
        }
    }

    /// Who may read a model may read the files of its versions, wherever they lie.
    private func versionFile(_ request: HTTPRequest, for principal: Principal) async throws -> HTTPResponse {
        guard let text = request.query("path") else { return ArtifactRoutes.missingArgument }
        let path = try ArtifactPath(reading: text)
        let version = try ModelVersionID(model: request.query("name") ?? "", version: request.query("version") ?? "")
        try await gate.check(principal, .read, .model(version.model))
        let root = try RunArtifacts.root(of: try await models.downloadURI(of: version))
        return try await artifacts.download(path, below: root, request, as: text)
    }

    private func modelFile(_ model: String, _ request: HTTPRequest, for principal: Principal) async throws -> HTTPResponse {
        guard let text = request.query("artifact_file_path"), !text.isEmpty else { throw Self.missing("artifact_file_path") }
        let path = try ArtifactPath(reading: text)
        try await gate.check(principal, .read, loggedModel: model)
        let address = try await loggedModels.model(model).artifactURI
        _ = try await artifacts.place(path, below: address, .read, for: principal)
        return try await artifacts.download(path, below: try RunArtifacts.root(of: address), request, as: text)
    }

    // MARK: Traces

    private func traceFile(_ request: HTTPRequest, for principal: Principal) async throws -> HTTPResponse {
        guard let id = request.query("request_id"), !id.isEmpty else { throw Self.missing("request_id") }
        let attachment = try request.query("path").flatMap { $0.isEmpty ? nil : try Self.attachment($0) }
        try await gate.check(principal, .read, trace: id)
        if let attachment { return try await file(attachment, of: try await traces.info(id), request, for: principal) }
        let (info, spans) = try await traces.keptSpans(id)
        guard let spans else { return try await file(try ArtifactPath(reading: Self.spansFile), of: info, request, for: principal) }
        var headers: HeaderFields = ["content-type": MediaType.of(Self.spansFile), "x-content-type-options": "nosniff"]
        headers["content-disposition"] = ContentDisposition.attachment(Self.spansFile)
        headers["cache-control"] = "no-cache"
        return HTTPResponse(status: 200, headers: headers, body: Array("{\"spans\":[\(spans.joined(separator: ","))]}".utf8))
    }

    /// The name of an attachment is a UUID.
    private static func attachment(_ text: String) throws -> ArtifactPath {
        let path = try ArtifactPath(reading: text)
        guard path.names.count == 1, UUID(uuidString: path.name) != nil else {
            throw TrackingFault(
                .invalidParameterValue, "Invalid attachment path: '\(text)'. Attachment path must be a valid UUID.")
        }
        return try ArtifactPath(reading: "attachments/\(path.name)")
    }

    /// A file that the client put beside a trace.
    private func file(
        _ path: ArtifactPath, of trace: TraceInfo, _ request: HTTPRequest, for principal: Principal
    ) async throws -> HTTPResponse {
        let absent = TrackingFault(.notFound, "Trace data not found for path=\(path.name)")
        guard let address = trace.artifactLocation else { throw absent }
        let place = try await artifacts.place(path, below: address, .read, for: principal)
        do {
            return try await artifacts.download(place, request, as: .page)
        } catch let fault as TrackingFault where fault == .noSuchArtifact(place) {
            throw absent
        }
    }

    private static func missing(_ name: String) -> TrackingFault {
        TrackingFault(.badRequest, "Request must include the \"\(name)\" query parameter.")
    }
}
