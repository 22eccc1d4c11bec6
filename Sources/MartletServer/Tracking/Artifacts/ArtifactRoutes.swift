import MartletCore
import MartletRegistry
import MartletStore

/// What MLflow's clients ask of artifacts: the proxy of files, uploads in parts, and the artifacts of runs.
struct ArtifactRoutes: Sendable {
    /// What is taken on.
    struct Limits: Sendable {
        /// The largest file, in bytes.
        var fileSizeMaxBytes = 64 << 30
        /// The largest file that a web page may send, in bytes.
        var pageFileSizeMaxBytes = 10 << 20
        /// How long the end of an upload may take behind its last byte: until it is on the disk, or its parts are joined.
        var endDeadline: Duration = .seconds(600)
    }

    static let prefixes = ["/api", "/ajax-api"].map { $0 + "/2.0/mlflow-artifacts" }

    let store: TrackingStore
    let artifacts: any ArtifactRepository
    let uploads: MultipartUploads
    let gate: AccessGate
    let limits: Limits
    private let models: LoggedModelStore?

    /// - Parameter models: of which an upload may be asked.
    init(
        _ store: TrackingStore, _ artifacts: any ArtifactRepository, _ uploads: MultipartUploads, _ gate: AccessGate,
        models: LoggedModelStore? = nil, limits: Limits = Limits()
    ) {
        self.models = models
        self.store = store
        self.artifacts = artifacts
        self.uploads = uploads
        self.gate = gate
        self.limits = limits
    }

    /// Where the artifacts of a run or a logged model are.
    func address(run: String, model: String) async throws -> String {
        guard run.isEmpty, let models else { return try await store.run(run).info.artifactURI }
        return try await models.model(model).artifactURI
    }

    /// Adds all routes but those of `endpoints`.
    func add(to router: inout Router) {
        for prefix in Self.prefixes {
            addFiles(to: &router, prefix)
            addUploads(to: &router, prefix)
        }
        addRunFiles(to: &router)
    }

    // MARK: Answers

    /// Runs a handler for somebody who is let in; what MLflow refuses becomes an answer in its words.
    func answering(_ request: HTTPRequest, _ body: (Principal) async throws -> HTTPResponse) async throws -> HTTPResponse {
        do {
            return try await body(try await gate.principal(request))
        } catch let refusal as ArtifactPath.Refusal {
            return TrackingFault(refusal).response
        } catch {
            guard let fault = TrackingFault(refusing: error) else { throw error }
            return fault.response
        }
    }

    static func answer(_ body: [UInt8]) -> HTTPResponse { .tracking(200, body) }

    static let nothing = answer(Array("{}".utf8))

    /// A refusal in the form of the framework that MLflow's server is made with.
    static func detail(_ status: Int, _ message: String) -> HTTPResponse { .json(status, ["detail": .string(message)]) }

    // MARK: Bodies

    /// Takes a body in. - Throws: `refusal` where it is larger than the limit.
    func received(
        _ body: HTTPBodyStream, into upload: ArtifactUpload, sizeMaxBytes: Int? = nil, refusal: TrackingFault? = nil
    ) async throws -> UploadedContent {
        while let bytes = try await body.next() {
            try bytes.withUnsafeBytes { try upload.write($0) }
            if let refusal, let sizeMaxBytes, upload.sizeBytes > sizeMaxBytes { throw refusal }
        }
        return try upload.finish()
    }

    /// The artifact of a path, or why there is none.
    func download(_ path: ArtifactPath, _ request: HTTPRequest, as form: ArtifactDownload.Form = .file) async throws -> HTTPResponse {
        if let opened = try await artifacts.open(path) { return try await ArtifactDownload.answer(opened, to: request, as: form) }
        throw try await artifacts.isFolder(path) ? TrackingFault.artifactIsFolder(path) : .noSuchArtifact(path)
    }
}
