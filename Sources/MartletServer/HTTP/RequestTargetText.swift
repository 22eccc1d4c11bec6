import MartletCore

/// A target with a query or with what must be decoded, read as text.
final class RequestTargetText: Sendable {
    /// The path as it was sent.
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
            query = end == local.endIndex ? [] : try Self.query(local[local.utf8.index(after: end)...])
            path = String(local[..<end])
            (decoded, parts) = Self.joined(components)
            fault = nil
        } catch {
            (path, query, decoded, parts, fault) = (target, [], [], [], error)
        }
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
        var pieces = path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        if pieces.last?.isEmpty == true { pieces.removeLast() }
        guard pieces.count <= RequestTarget.componentCountMax else {
            throw MartletError(
                .invalidInput,
                "path '\(RequestTarget.quoted(path))': expected at most \(RequestTarget.componentCountMax) names, found \(pieces.count)")
        }
        return try pieces.map { (piece) throws(MartletError) in
            let text = try decoded(Substring(piece), plusIsSpace: false)
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

    private static func query(_ text: Substring) throws(MartletError) -> [QueryItem] {
        try text.utf8.split(separator: UInt8(ascii: "&")).map { (item) throws(MartletError) in
            let end = item.firstIndex(of: UInt8(ascii: "=")) ?? item.endIndex
            let value = item[end...].dropFirst()
            return QueryItem(
                name: try decoded(Substring(item[..<end]), plusIsSpace: true),
                value: try decoded(Substring(value), plusIsSpace: true)
            )
        }
    }

    private static func decoded(_ text: Substring, plusIsSpace: Bool) throws(MartletError) -> String {
        let isPlain = text.utf8.allSatisfy { $0 != UInt8(ascii: "%") && !(plusIsSpace && $0 == UInt8(ascii: "+")) }
        if isPlain { return String(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var rest = text.utf8
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst()?.hexadecimalDigit, let low = rest.popFirst()?.hexadecimalDigit else {
                    throw MartletError(
                        .invalidInput,
                        "'\(RequestTarget.quoted(text))': expected two hexadecimal digits after '%'; write '%' itself as '%25'"
                    )
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        guard let result = String(validating: bytes, as: UTF8.self) else {
            throw MartletError(.invalidInput, "'\(RequestTarget.quoted(text))': expected percent-encoded UTF-8, found other bytes")
        }
        return result
    }
}
