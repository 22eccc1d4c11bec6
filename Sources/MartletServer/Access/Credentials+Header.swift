import Foundation
import MartletRegistry

extension Credentials {
    /// The longest header field that is read, in bytes.
    private static let lengthMax = 4_096

    /// Reads the header field `Authorization`: basic (RFC 7617) or bearer (RFC 6750). `nil` for anything else.
    init?(authorization: String) {
        guard authorization.utf8.count <= Self.lengthMax, let space = authorization.firstIndex(of: " ") else { return nil }
        let value = authorization[space...].drop { $0 == " " }
        switch authorization[..<space].lowercased() {
        case "bearer":
            guard !value.isEmpty else { return nil }
            self = .token(String(value))
        case "basic":
            guard let data = Data(base64Encoded: String(value)), let text = String(bytes: data, encoding: .utf8),
                let colon = text.firstIndex(of: ":")
            else { return nil }
            self = .password(user: String(text[..<colon]), String(text[text.index(after: colon)...]))
        default: return nil
        }
    }
}
