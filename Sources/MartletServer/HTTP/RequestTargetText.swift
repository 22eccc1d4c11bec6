import MartletCore

/// A target with a query or with what must be decoded, read as text.
final class RequestTargetText: Sendable {
    /// The path as it was sent, but for slashes behind the first.
    let path: String
    let query: [QueryItem]
    /// Why no route can mean this target.
    let fault: MartletError?
    private let decoded: [UInt8]
    private let parts: [Range<Int>]

    init(_ target: String) {
        do {
            let local = try Self.withoutAuthority(target)
            let end = local.utf8.firstIndex(of: UInt8(ascii: "?")) ?? local.endIndex
            let components = try Self.components(of: local[..<end])
            query = end == local.endIndex ? [] : Self.query(local[local.utf8.index(after: end)...])
            path = Self.withOneSlash(local[..<end])
            (decoded, parts) = Self.joined(components)
            fault = nil
        } catch {
            (path, query, decoded, parts, fault) = (Self.withOneSlash(target.prefix { $0 != "?" }), [], [], [], error)
        }
    }

    /// Clients that know a server as `http://host/` ask for `//path`; what guards requests by their path has to see that as `/path`.
    private static func withOneSlash(_ path: Substring) -> String {
        path.utf8.first == UInt8(ascii: "/") ? "/" + path.drop { $0 == "/" } : String(path)
    }

    private static func joined(_ components: [String]) -> (decoded: [UInt8], parts: [Range<Int>]) {
        var decoded: [UInt8] = []
        let parts = components.map { component in
            let start = decoded.count
            decoded += component.utf8
            return start..<decoded.count
        }
        return (decoded, parts)
    }

    /// Lends the decoded path and where its parts lie in it.
    func withParts<Result>(
        _ body: (UnsafeRawBufferPointer, UnsafeBufferPointer<Range<Int>>) throws -> Result
    ) rethrows -> Result {
        try decoded.withUnsafeBytes { bytes in try parts.withUnsafeBufferPointer { try body(bytes, $0) } }
    }

    /// `/path?query` of `http://host/path?query`; what begins with `/` is that already.
    private static func withoutAuthority(_ target: String) throws(MartletError) -> Substring {
        if target.utf8.first == UInt8(ascii: "/") || target == "*" { return target[...] }
        guard let scheme = target.firstRange(of: "://") else {
            throw MartletError(
                .invalidInput, "request target: expected a path that begins with '/', found '\(RequestTarget.quoted(target))'")
        }
        let rest = target[scheme.upperBound...]
        guard let slash = rest.firstIndex(of: "/") else { return "/" }
        return rest[slash...]
    }

    private static func components(of path: Substring) throws(MartletError) -> [String] {
        if path == "*" { return ["*"] }
        var pieces = path.utf8.drop { $0 == UInt8(ascii: "/") }.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        if pieces.last?.isEmpty == true { pieces.removeLast() }
        guard pieces.count <= RequestTarget.componentCountMax else {
            throw MartletError(
                .invalidInput,
                "path '\(RequestTarget.quoted(path))': expected at most \(RequestTarget.componentCountMax) names, found \(pieces.count)")
        }
        return try pieces.map { (piece) throws(MartletError) in
            let text = try decoded(Substring(piece))
            try check(text, in: path)
            return text
        }
    }

    private static func check(_ component: String, in path: Substring) throws(MartletError) {
        func refuse(_ reason: String) -> MartletError {
            MartletError(.invalidInput, "path '\(RequestTarget.quoted(path))': \(reason)")
        }
        guard !component.isEmpty else { throw refuse("expected a name between slashes, found none; remove one '/'") }
        guard component.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw refuse("expected names without control characters, found one; remove it")
        }
        guard component.utf8.contains(UInt8(ascii: ".")) else { return }
        let steps = component.utf8.split { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
        guard !steps.contains(where: { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }) else {
            throw refuse("the steps '.' and '..' are refused; write the path without them")
        }
    }

    /// What is no escape, and what of escapes is no UTF-8, stays as it is, as MLflow's server has it.
    private static func query(_ text: Substring) -> [QueryItem] {
        text.utf8.split(separator: UInt8(ascii: "&")).map { item in
            let end = item.firstIndex(of: UInt8(ascii: "=")) ?? item.endIndex
            return QueryItem(name: queryText(Substring(item[..<end])), value: queryText(Substring(item[end...].dropFirst())))
        }
    }

    private static func queryText(_ text: Substring) -> String {
        let isPlain = text.utf8.allSatisfy { $0 != UInt8(ascii: "%") && $0 != UInt8(ascii: "+") }
        return isPlain ? String(text) : QueryEscapes.removed(from: text)
    }

    private static func decoded(_ text: Substring) throws(MartletError) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst()?.hexadecimalDigit, let low = rest.popFirst()?.hexadecimalDigit else {
                throw MartletError(
                    .invalidInput,
                    "'\(RequestTarget.quoted(text))': expected two hexadecimal digits after '%'; write '%' itself as '%25'"
                )
            }
            bytes.append(high << 4 | low)
        }
        guard let result = String(validating: bytes, as: UTF8.self) else {
            throw MartletError(.invalidInput, "'\(RequestTarget.quoted(text))': expected percent-encoded UTF-8, found other bytes")
        }
        return result
    }
}
