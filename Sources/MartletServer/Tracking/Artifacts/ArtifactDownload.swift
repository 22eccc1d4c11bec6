import MartletCore
import MartletStore

/// An artifact as an answer: whole or in part, or not at all where the client has it already.
enum ArtifactDownload {
    /// - Parameter more: header fields beside those of every download.
    static func answer(_ opened: consuming OpenArtifact, to request: HTTPRequest, more: [(String, String)] = []) -> HTTPResponse {
        let artifact = opened.artifact
        let tag = "\"\(artifact.digest.hex)\""
        let modified = HTTPDate.text(of: Int(artifact.modifiedAt.microseconds / 1_000_000))
        let validators = [("last-modified", modified), ("etag", tag), ("accept-ranges", "bytes")] + more
        if hasAlready(request, tag) { return HTTPResponse(status: 304, headers: HeaderFields(validators)) }
        let headers = HeaderFields(
            [
                ("content-type", MediaType.of(artifact.path.name)),
                ("content-disposition", ContentDisposition.attachment(artifact.path.name)), ("x-content-type-options", "nosniff"),
            ] + validators)
        let size = artifact.sizeBytes
        switch asked(request, tag: tag, modified: modified, sizeBytes: size) {
        case .whole: return HTTPResponse(status: 200, headers: headers, file: ResponseFile(opened.takeFile(), 0..<size))
        case .part(let range):
            return HTTPResponse(status: 206, headers: headers, file: ResponseFile(opened.takeFile(), range))
                .with("content-range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)")
        case .unsatisfiable: return HTTPResponse(status: 416, headers: ["content-range": "bytes */\(size)"])
        }
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
