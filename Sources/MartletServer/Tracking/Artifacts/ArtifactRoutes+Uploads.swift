import MartletRegistry
import MartletStore

/// Uploads in parts, each of which is put to an address of this server.
extension ArtifactRoutes {
    func addUploads(to router: inout Router, _ prefix: String) {
        for folder in ["", "/{folder...}"] {
            add(to: &router, "\(prefix)/mpu/create\(folder)", .createUpload) { fields, path, request in
                try create(fields, path, request, prefix)
            }
            add(to: &router, "\(prefix)/mpu/complete\(folder)", .completeUpload) { fields, path, _ in
                try await uploads.complete(
                    fields.text(.uploadID) ?? "", at: path, fields.messages(.parts) { $0.part }, sizeMaxBytes: limits.fileSizeMaxBytes,
                    in: artifacts)
                return Self.nothing
            }
            add(to: &router, "\(prefix)/mpu/abort\(folder)", .abortUpload) { fields, path, _ in
                try uploads.abort(fields.text(.uploadID) ?? "", at: path)
                return Self.nothing
            }
        }
        router.streamed(
            .put, prefix + "/mpu/parts/{upload}/{number}",
            bodySizeMaxBytes: min(MultipartUploads.partSizeMaxBytes, limits.fileSizeMaxBytes), deadline: limits.endDeadline
        ) { request, parameters, body in
            try await answering(request) { principal in
                let (id, number) = (try parameters.string("upload"), try parameters.value("number", as: Int.self))
                try await gate.check(principal, .write, try uploads.path(of: id))
                let content = try await received(body, into: try uploads.makePart(number, of: id))
                return HTTPResponse(status: 200, headers: ["etag": "\"\(try uploads.keep(content, as: number, of: id))\""])
            }
        }
    }

    /// Adds a step of an upload, which names the folder in its address and the file in its body.
    private func add(
        to router: inout Router, _ template: String, _ schema: EndpointSchema,
        _ answer: @escaping @Sendable (RequestFields, ArtifactPath, HTTPRequest) async throws -> HTTPResponse
    ) {
        router.on(.post, template, deadline: limits.endDeadline) { request, parameters in
            try await answering(request) { principal in
                let folder = try ArtifactPath(reading: parameters["folder"] ?? "")
                var fields = try schema.read(TrackingRequest(request))
                fields.principal = principal
                let file = try ArtifactPath(writing: Self.name(of: fields.text(.path) ?? ""))
                let path = folder.appending(file)
                try await gate.check(principal, .write, path)
                return try await answer(fields, path, request)
            }
        }
    }

    /// The last name of the path that the file has on the client's disk.
    private static func name(of path: String) -> String {
        String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
    }

    private func create(_ fields: RequestFields, _ path: ArtifactPath, _ request: HTTPRequest, _ prefix: String) throws -> HTTPResponse {
        let count = fields.integer(.partCount) ?? 1
        guard (1...Int64(MultipartUploads.partCountMax)).contains(count) else {
            throw TrackingFault(
                .invalidParameterValue,
                "num_parts must be between 1 and \(MultipartUploads.partCountMax) (got \(count)); choose larger parts.")
        }
        guard let host = request.headers["host"] else {
            throw TrackingFault(.invalidParameterValue, "The header 'Host' is missing, by which the parts find this server; send it.")
        }
        let id = try uploads.begin(path, by: fields.principal.name)
        // Before a proxy that has TLS the address begins with its scheme.
        let isEncrypted = request.isEncrypted || request.headers["x-forwarded-proto"]?.lowercased() == "https"
        let scheme = isEncrypted ? "https" : "http"
        // MLflow's client sends parts with what it is told here alone, and each part has to say whose it is.
        let authorization = request.headers["authorization"]
        return Self.answer(
            JSONOutput.upload(id, partCount: Int(count), authorization: authorization) {
                "\(scheme)://\(host)\(prefix)/mpu/parts/\(id)/\($0)"
            })
    }
}

extension RequestFields {
    /// A part as the client names it; its tag comes as the field of the answer had it.
    fileprivate var part: MultipartUploads.Part {
        let tag = (text(.tag) ?? "").filter { $0 != "\"" }
        return MultipartUploads.Part(number: Int(clamping: integer(.partNumber) ?? 0), tag: tag)
    }
}
