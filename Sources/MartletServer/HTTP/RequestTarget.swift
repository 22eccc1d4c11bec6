import MartletCore

/// The target of a request line, taken apart (RFC 9112, section 3.2).
///
/// What no route can mean is refused here, so that no handler needs to: broken percent-encoding, bytes that are not
/// UTF-8, control characters, and the steps `.` and `..`, also where they come encoded.
struct RequestTarget: Equatable {
    let path: String
    let components: [String]
    let query: [QueryItem]

    /// - Throws: `MartletError` with code `invalidInput`.
    init(parsing target: String) throws {
        let local = try Self.withoutAuthority(target)
        let bytes = local.utf8
        let end = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.endIndex
        path = String(local[..<end])
        components = try Self.components(of: local[..<end])
        query = end == bytes.endIndex ? [] : try Self.query(local[bytes.index(after: end)...])
    }

    /// `/path?query` of `http://host/path?query`; what begins with `/` is that already.
    private static func withoutAuthority(_ target: String) throws -> Substring {
        if target.utf8.first == UInt8(ascii: "/") || target == "*" { return target[...] }
        guard let scheme = target.firstRange(of: "://") else {
            throw MartletError(
                .invalidInput, "request target: expected a path that begins with '/', found '\(quoted(target))'")
        }
        let rest = target[scheme.upperBound...]
        guard let slash = rest.firstIndex(of: "/") else { return "/" }
        return rest[slash...]
    }

    private static func components(of path: Substring) throws -> [String] {
        if path == "*" { return ["*"] }
        var pieces = path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        if pieces.last?.isEmpty == true { pieces.removeLast() }
        return try pieces.map { piece in
            let text = try decoded(Substring(piece), plusIsSpace: false)
            try check(text, in: path)
            return text
        }
    }

    private static func check(_ component: String, in path: Substring) throws {
        func refuse(_ reason: String) -> MartletError {
            MartletError(.invalidInput, "path '\(quoted(path))': \(reason)")
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

    private static func query(_ text: Substring) throws -> [QueryItem] {
        try text.utf8.split(separator: UInt8(ascii: "&")).map { item in
            let end = item.firstIndex(of: UInt8(ascii: "=")) ?? item.endIndex
            let value = item[end...].dropFirst()
            return QueryItem(
                name: try decoded(Substring(item[..<end]), plusIsSpace: true),
                value: try decoded(Substring(value), plusIsSpace: true)
            )
        }
    }

    private static func decoded(_ text: Substring, plusIsSpace: Bool) throws -> String {
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
                        "'\(quoted(text))': expected two hexadecimal digits after '%'; write '%' itself as '%25'"
                    )
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        guard let result = String(validating: bytes, as: UTF8.self) else {
            throw MartletError(.invalidInput, "'\(quoted(text))': expected percent-encoded UTF-8, found other bytes")
        }
        return result
    }

    /// Outside text as a message may show it: short, without control characters.
    static func quoted(_ text: some StringProtocol) -> String {
        String(text.prefix(120).filter { !$0.isNewline && $0 != "\0" })
    }
}

extension UInt8 {
    fileprivate var hexadecimalDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
