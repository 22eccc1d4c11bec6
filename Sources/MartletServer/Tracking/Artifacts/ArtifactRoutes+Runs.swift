import MartletCore
import MartletRegistry
import MartletStore

/// The artifacts of runs, by the run's identifier.
extension ArtifactRoutes {
    /// Those in MLflow's own protocol.
    var endpoints: [TrackingEndpoint] {
        [
            TrackingEndpoint(.get, "artifacts/list", .listArtifacts) { fields in
                let path = try Self.path(fields.text(.path) ?? "")
                let address = try await store.run(fields.run).info.artifactURI
                let entries = try await artifacts.list(try await place(path, below: address, .read, for: fields.principal))
                return JSONOutput.files(entries, prefix: path.isRoot ? "" : path.text + "/", root: address)
            },
            TrackingEndpoint(.post, "artifacts/presigned-upload-url", .presignedUpload) { fields in
                let (run, model) = (fields.runByName, fields.text(.modelID) ?? "")
                guard run.isEmpty != model.isEmpty else {
                    throw TrackingFault(.invalidParameterValue, "Exactly one of run_id and model_id must be provided.")
                }
                _ = try Self.path(fields.text(.path) ?? "")
                let scheme = RunArtifacts.scheme(of: try await address(run: run, model: model))
                guard RunArtifacts.proxiedSchemes.contains(scheme) else { throw Self.noPresigned("upload") }
                throw TrackingFault(
                    .invalidParameterValue,
                    "Presigned upload is not supported for proxied artifact storage (artifact URI scheme: \(scheme)). This endpoint requires a "
                        + "direct cloud storage artifact URI.")
            },
            TrackingEndpoint(.post, "artifacts/presigned-download-url", .presignedDownload) { fields in
                _ = try Self.path(fields.text(.path) ?? "")
                let expiration = fields.integer(.expiration) ?? 900
                guard (1...604_800).contains(expiration) else {
                    throw TrackingFault(.invalidParameterValue, "expiration must be between 1 and 604800 seconds (got \(expiration)).")
                }
                let scheme = RunArtifacts.scheme(of: try await store.run(fields.runByName).info.artifactURI)
                guard RunArtifacts.proxiedSchemes.contains(scheme) else { throw Self.noPresigned("download") }
                throw TrackingFault(
                    .invalidParameterValue,
                    "Presigned download is not supported for runs with proxied artifact storage (artifact URI scheme: \(scheme)). This "
                        + "endpoint requires a run with a direct cloud storage artifact URI.")
            },
        ]
    }

    private static func noPresigned(_ direction: String) -> TrackingFault {
        TrackingFault(.notImplemented, "Presigned \(direction) is not supported for the current artifact repository")
    }

    /// A path that an endpoint was told. - Throws: `TrackingFault`.
    static func path(_ text: String) throws(TrackingFault) -> ArtifactPath {
        do throws(ArtifactPath.Refusal) { return try ArtifactPath(reading: text) } catch { throw TrackingFault(error) }
    }

    func addRunFiles(to router: inout Router) {
        router.on(.get, "/get-artifact") { request, _ in
            try await answering(request) { principal in
                guard let text = request.query("path") else { return Self.missingArgument }
                let path = try ArtifactPath(reading: text)
                let run = Self.run(request) ?? "None"
                try await gate.check(principal, .read, run: run)
                let address = try await store.run(run).info.artifactURI
                _ = try await place(path, below: address, .read, for: principal)
                return try await download(path, below: try RunArtifacts.root(of: address), request, as: text)
            }
        }
        router.streamed(
            .post, "/ajax-api/2.0/mlflow/upload-artifact", bodySizeMaxBytes: nil, deadline: limits.endDeadline
        ) { request, _, body in
            try await answering(request) { principal in try await uploadFromPage(request, body, for: principal) }
        }
    }

    static let missingArgument = HTTPResponse.badRequestPage

    /// A file below a root. - Parameter text: the path as it was asked for, which refusals show.
    func download(
        _ path: ArtifactPath, below root: ArtifactPath, _ request: HTTPRequest, as text: String
    ) async throws -> HTTPResponse {
        let place = root.appending(path)
        do {
            return try await download(place, request, as: .page)
        } catch let fault as TrackingFault where fault == .artifactIsFolder(place) {
            throw TrackingFault.artifactIsFolder("\(root.text)/\(text)")
        } catch let fault as TrackingFault where fault == .noSuchArtifact(place) {
            throw TrackingFault.noSuchArtifact("\(root.text)/\(text)")
        }
    }

    private static func run(_ request: HTTPRequest) -> String? {
        [request.query("run_id"), request.query("run_uuid")].compactMap(\.self).first { !$0.isEmpty }
    }

    /// Where an artifact lies, for somebody who may do so much there: an address need not lie in the place of its own experiment.
    func place(_ path: ArtifactPath, below address: String, _ role: Role, for principal: Principal) async throws -> ArtifactPath {
        let place = try RunArtifacts.root(of: address).appending(path)
        try await gate.check(principal, role, place)
        return place
    }

    private func uploadFromPage(
        _ request: HTTPRequest, _ body: HTTPBodyStream, for principal: Principal
    ) async throws -> HTTPResponse {
        let refuse = { (message: String) in TrackingFault(.invalidParameterValue, message) }
        guard let run = request.query("run_uuid"), !run.isEmpty else { throw refuse("Request must specify run_uuid.") }
        guard let text = request.query("path"), !text.isEmpty else { throw refuse("Request must specify path.") }
        let path = try ArtifactPath(writing: text)
        try await gate.check(principal, .write, run: run)
        let tooLarge = refuse("Artifact size is too large. Max size is \(limits.pageFileSizeMaxBytes >> 20)MB.")
        if let size = request.headers["content-length"].flatMap({ Int($0) }), size > limits.pageFileSizeMaxBytes { throw tooLarge }
        let content = try await received(
            body, into: try artifacts.makeUpload(), sizeMaxBytes: limits.pageFileSizeMaxBytes, refusal: tooLarge)
        guard content.sizeBytes > 0, !Self.isForm(request) else { throw refuse("Request must specify data.") }
        let address = try await store.run(run).info.artifactURI
        try await artifacts.keep(content, at: try await place(path, below: address, .write, for: principal))
        return Self.answer([])
    }

    /// Whether a body is fields of a form, of which MLflow sees no data.
    private static func isForm(_ request: HTTPRequest) -> Bool {
        let type = request.headers["content-type"]?.lowercased() ?? ""
        return type.hasPrefix("application/x-www-form-urlencoded") || type.hasPrefix("multipart/form-data")
    }
}
