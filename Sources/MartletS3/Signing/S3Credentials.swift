import Foundation
import MartletCore

/// What proves who asks S3. None of it is part of a description, so that it reaches no log.
struct S3Credentials: Sendable {
    let accessKeyID: String
    let secretAccessKey: String
    /// Of credentials that expire.
    let sessionToken: String?

    /// Those of `AWS_ACCESS_KEY_ID` and its like, or else those of a profile of the credentials file.
    /// - Throws: `invalidInput` where there are none.
    init(environment: [String: String]) throws {
        let set = environment.filter { !$0.value.isEmpty }
        if let id = set["AWS_ACCESS_KEY_ID"], let secret = set["AWS_SECRET_ACCESS_KEY"] {
            try self.init(id, secret, set["AWS_SESSION_TOKEN"], from: "AWS_ACCESS_KEY_ID")
            return
        }
        guard set["AWS_ACCESS_KEY_ID"] == nil, set["AWS_SECRET_ACCESS_KEY"] == nil else {
            throw MartletError(
                .invalidInput, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: expected both or none, found one; set the other")
        }
        let path = set["AWS_SHARED_CREDENTIALS_FILE"] ?? "\(set["HOME"] ?? NSHomeDirectory())/.aws/credentials"
        let profile = set["AWS_PROFILE"] ?? "default"
        let keys = try CredentialsFile.keys(of: profile, in: path)
        guard let id = keys["aws_access_key_id"], let secret = keys["aws_secret_access_key"], !id.isEmpty, !secret.isEmpty else {
            throw MartletError(
                .invalidInput,
                "S3 needs credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write aws_access_key_id and "
                    + "aws_secret_access_key under [\(profile)] into '\(path)'")
        }
        try self.init(id, secret, keys["aws_session_token"], from: path)
    }

    private init(_ accessKeyID: String, _ secretAccessKey: String, _ sessionToken: String?, from source: String) throws {
        // They become fields of a header.
        guard [accessKeyID, sessionToken ?? ""].allSatisfy({ $0.utf8.allSatisfy { (0x21...0x7e).contains($0) } }) else {
            throw MartletError(.invalidInput, "the credentials of '\(source)': expected printable characters; copy them again")
        }
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }

    /// Those given.
    init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }
}

extension S3Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "credentials of S3" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(reflecting: description) }
}

/// The file in which AWS's tools keep credentials: sections of `key = value`.
enum CredentialsFile {
    /// The largest file that is read, in bytes.
    private static let sizeMaxBytes = 1 << 20

    /// The keys of a profile; none where there is no file or no such profile.
    /// - Throws: `invalidInput` for a file that cannot be read.
    static func keys(of profile: String, in path: String) throws -> [String: String] {
        guard FileManager.default.fileExists(atPath: path) else { return [:] }
        guard let bytes = FileManager.default.contents(atPath: path), bytes.count <= sizeMaxBytes else {
            throw MartletError(.invalidInput, "cannot read the credentials in '\(path)'; check its permissions and size")
        }
        return keys(of: profile, text: String(decoding: bytes, as: UTF8.self))
    }

    static func keys(of profile: String, text: String) -> [String: String] {
        var keys: [String: String] = [:]
        var isOurs = false
        for line in text.split(whereSeparator: \.isNewline).map({ $0.trimmingCharacters(in: .whitespaces) }) {
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("["), let end = line.firstIndex(of: "]") {
                isOurs = line[line.index(after: line.startIndex)..<end].trimmingCharacters(in: .whitespaces) == profile
                continue
            }
            guard isOurs, let sign = line.firstIndex(of: "=") else { continue }
            let key = line[..<sign].trimmingCharacters(in: .whitespaces).lowercased()
            keys[key] = line[line.index(after: sign)...].trimmingCharacters(in: .whitespaces)
        }
        return keys
    }
}
