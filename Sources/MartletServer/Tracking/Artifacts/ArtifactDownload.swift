import MartletCore
import MartletStore

/// An artifact as an answer: whole or in part, or not at all where the client has it already.
enum ArtifactDownload {
    /// Which of MLflow's two servers would answer.
    enum Form {
        /// The proxy of artifacts.
        case file
        /// That of pages, for files of runs, models and traces.
        case page
    }

    static func answer(_ opened: OpenArtifact, to request: HTTPRequest, as form: Form) async throws -> HTTPResponse {
        let artifact = opened.artifact
        let tag = "\"\(artifact.digest.hex)\""
        let modified = HTTPDate.text(of: Int(artifact.modifiedAt.microseconds / 1_000_000))
        let validators = [("last-modified", modified), ("etag", tag), ("accept-ranges", "bytes")] + form.fields
        if hasAlready(request, tag) { return HTTPResponse(status: 304, headers: HeaderFields(validators)) }
        let headers = HeaderFields(
            [
                ("content-type", MediaType.of(artifact.path.name)),
                ("content-disposition", ContentDisposition.attachment(artifact.path.name)), ("x-content-type-options", "nosniff"),
            ] + validators)
        let size = artifact.sizeBytes
        switch asked(request, tag: tag, modified: modified, sizeBytes: size) {
        case .whole:
            let source = try await source(opened.content, 0..<size, isSent: request.method != .head)
            return HTTPResponse(status: 200, headers: headers, source: source)
        case .part(let range):
            return HTTPResponse(status: 206, headers: headers, source: try await source(opened.content, range, isSent: true))
                .with("content-range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)")
        case .unsatisfiable: return form.refusal(nil, sizeBytes: size)
        case .unreadable(let reason): return form.refusal(reason, sizeBytes: size)
        }
    }

    /// - Parameter isSent: whether more than the length will be asked of it.
    private static func source(_ content: OpenContent, _ range: Range<Int>, isSent: Bool) async throws -> ResponseSource {
        switch content {
        case .file(let held): return .file(ResponseFile(held, range))
        case .remote(let content):
            guard isSent, !range.isEmpty else { return .stream(ResponseStream(NoBytes(), sizeBytes: range.count)) }
            return .stream(ResponseStream(try await content.read(range), sizeBytes: range.count))
        }
    }

    private struct NoBytes: ContentStream {
        func next() -> [UInt8]? { nil }
    }

    private static func asked(_ request: HTTPRequest, tag: String, modified: String, sizeBytes: Int) -> ByteRange {
        guard request.method == .get else { return .whole }
        if let condition = request.headers["if-range"], condition != tag, condition != modified { return .whole }
        return ByteRange(request.headers["range"], sizeBytes: sizeBytes)
    }

    private static func hasAlready(_ request: HTTPRequest, _ tag: String) -> Bool {
        guard let known = request.headers["if-none-match"] else { return false }
        return known.split(separator: ",").contains { item in
            let item = item.filter { $0 != " " && $0 != "\t" }
            return item == "*" || item == tag || item == "W/" + tag
        }
    }
}

extension ArtifactDownload.Form {
    /// Header fields beside those of every download.
    fileprivate var fields: [(String, String)] { self == .page ? [("cache-control", "no-cache")] : [] }

    /// - Parameter reason: why the range cannot be read; `nil` where nothing lies in it.
    fileprivate func refusal(_ reason: String?, sizeBytes: Int) -> HTTPResponse {
        switch (self, reason) {
        case (.page, _): .rangeRefusedPage.with("content-range", "bytes */\(sizeBytes)")
        case (.file, let reason?): .text(400, reason)
        case (.file, nil): HTTPResponse.text(416, "").with("content-range", "bytes */\(sizeBytes)")
        }
    }
}
