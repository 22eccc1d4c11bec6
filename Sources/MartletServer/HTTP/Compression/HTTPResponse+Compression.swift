extension HTTPResponse {
    /// This answer, compressed where that is worth while and the client takes it.
    /// - Parameter accepted: the value of the request's `Accept-Encoding`.
    func compressed(_ accepted: @autoclosure () -> String?, sizeMinBytes: Int) -> HTTPResponse {
        guard body.count >= sizeMinBytes, headers["content-encoding"] == nil, isCompressible else { return self }
        var changed = self
        changed.headers.add("vary", "accept-encoding")
        guard let coding = accepted().flatMap(ContentCoding.preferred(by:)), let small = Deflater.deflate(body, coding) else {
            return changed
        }
        changed.headers["content-encoding"] = coding.rawValue
        changed.body = HTTPBody(small)
        return changed
    }

    /// Text of some kind; what is compressed already or random stays as it is.
    private var isCompressible: Bool {
        guard let type = headers["content-type"]?.lowercased() else { return false }
        return type.hasPrefix("text/") || ["json", "xml", "javascript", "yaml"].contains { type.contains($0) }
    }
}

extension ContentCoding {
    /// The best coding that a value of `Accept-Encoding` allows (RFC 9110, section 12.5.3); `nil` for none.
    static func preferred(by accepted: String) -> ContentCoding? {
        var qualities: [String: Double] = [:]
        for item in accepted.lowercased().split(separator: ",") {
            let parts = item.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard let name = parts.first else { continue }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            qualities[name] = quality
        }
        let known = allCases.map { (coding: $0, quality: qualities[$0.rawValue] ?? qualities["*"] ?? 0) }
        return known.filter { $0.quality > 0 }.max { $0.quality < $1.quality }?.coding
    }
}
