import Foundation

/// The field `Content-Disposition` of a download, so that no browser shows it as a page of ours.
enum ContentDisposition {
    /// - Parameter name: of the file.
    static func attachment(_ name: String) -> String {
        guard !name.utf8.allSatisfy({ $0 < 0x80 }) else { return "attachment; filename=\(quoted(name))" }
        let plain = String(String.UnicodeScalarView(name.decomposedStringWithCompatibilityMapping.unicodeScalars.filter(\.isASCII)))
        return "attachment; filename=\(quoted(plain.isEmpty ? "download" : plain)); filename*=UTF-8''\(encoded(name))"
    }

    private static let tokenBytes = Set("!#$%&'*+-.^_`|~".utf8)
    private static let encodedTokenBytes = Set("!#$&+-.^_`|~".utf8)

    private static func isWord(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func quoted(_ text: String) -> String {
        if !text.isEmpty, text.utf8.allSatisfy({ isWord($0) || tokenBytes.contains($0) }) { return text }
        return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            if isWord(byte) || encodedTokenBytes.contains(byte) {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "%" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}
