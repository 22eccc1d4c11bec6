import MartletRegistry
import MartletStore

/// The proxy: files by path, as clients put and get them.
extension ArtifactRoutes {
    func addFiles(to router: inout Router, _ prefix: String) {
        let files = prefix + "/artifacts"
        router.streamed(
            .put, files + "/{path...}", bodySizeMaxBytes: limits.fileSizeMaxBytes, deadline: limits.endDeadline
        ) { request, parameters, body in
            try await answering(request) { principal in
                try await put(try parameters.string("path"), request, body, for: principal)
            }
        }
        router.on(.get, files + "/{path...}") { request, parameters in
            try await answering(request) { principal in
                let path = try ArtifactPath(reading: try parameters.string("path"))
                try await gate.check(principal, .read, path)
                return try await get(path, request)
            }
        }
        router.on(.delete, files + "/{path...}") { request, parameters in
            try await answering(request) { principal in
                let path = try ArtifactPath(reading: try parameters.string("path"))
                // What comes to nothing is no request to delete all there is.
                guard !path.isRoot else { throw TrackingFault(ArtifactPath.Refusal.unsafe) }
                try await gate.check(principal, .admin, path)
                try await artifacts.delete(path)
                await gate.note(.deletion, "artifact '\(path)'", by: principal)
                return Self.nothing
            }
        }
        router.on(.get, files) { request, _ in
            try await answering(request) { principal in
                let folder = try ArtifactPath(reading: request.query("path") ?? "")
                try await gate.check(principal, .read, folder)
                return Self.answer(JSONOutput.files(try await artifacts.list(folder)))
            }
        }
        router.on(.get, prefix + "/presigned/{path...}") { request, parameters in
            try await answering(request) { _ in
                _ = try ArtifactPath(reading: try parameters.string("path"))
                throw TrackingFault(.notImplemented, "Multipart download is not supported for the current artifact repository")
            }
        }
    }

    private func put(
        _ text: String, _ request: HTTPRequest, _ body: HTTPBodyStream, for principal: Principal
    ) async throws -> HTTPResponse {
        guard !request.path.hasSuffix("/") else {
            return Self.detail(400, "Artifact path must include a filename (cannot end with '/').")
        }
        let path = try ArtifactPath(writing: text)
        try await gate.check(principal, .write, path)
        let content = try await received(body, into: try artifacts.makeUpload())
        try await artifacts.keep(content, at: path)
        return HTTPResponse(status: 200, headers: ["x-content-type-options": "nosniff"])
    }

    private func get(_ path: ArtifactPath, _ request: HTTPRequest) async throws -> HTTPResponse {
        do {
            return try await download(path, request)
        } catch let fault as TrackingFault where fault == .artifactIsFolder(path) {
            return Self.detail(400, fault.message)
        }
    }
}
