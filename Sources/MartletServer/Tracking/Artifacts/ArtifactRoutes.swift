import MartletCore
import MartletRegistry
import MartletStore

/// What MLflow's clients ask of artifacts: the proxy of files, uploads in parts, and the artifacts of runs.
struct ArtifactRoutes: Sendable {
    /// What is taken on.
    struct Limits: Sendable {
        /// The largest file, in bytes; `nil` for as much as the disk holds.
        var fileSizeMaxBytes: Int?
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

    init(
        _ store: TrackingStore, _ artifacts: any ArtifactRepository, _ uploads: MultipartUploads, _ gate: AccessGate,
        limits: Limits = Limits()
    ) {
        self.store = store
        self.artifacts = artifacts
        self.uploads = uploads
        self.gate = gate
        self.limits = limits
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
        let isSafe = request.method == .get || request.method == .head
        guard isSafe || request.headers["origin"].map({ WebOrigin($0).isOwn }) ?? true else { return TrackingRoutes.crossOriginRefusal }
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
    func download(_ path: ArtifactPath, _ request: HTTPRequest, more: [(String, String)] = []) async throws -> HTTPResponse {
        if let opened = try await artifacts.open(path) { return ArtifactDownload.answer(opened, to: request, more: more) }
        throw try await artifacts.isFolder(path) ? TrackingFault.artifactIsFolder(path) : .noSuchArtifact(path)
    }
}
