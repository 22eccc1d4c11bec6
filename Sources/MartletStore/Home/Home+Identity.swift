import Glibc
import MartletCore

/// The pair that a home and its database of tracking are: both hold the same 32 hexadecimal digits, written once.
extension Home {
    package var identityPath: String { "\(path)/identity" }

    /// `nil` where the home has no database yet. - Throws: `storage`.
    func identity() throws -> String? {
        guard Directory.kind(of: identityPath) != nil else { return nil }
        return String(decoding: try OpenFile(identityPath, O_RDONLY).read(at: 0, countMax: 64), as: UTF8.self)
    }

    /// Writes it down where there is none.
    func setIdentity(_ identity: String) throws {
        let file = TemporaryFile(in: temporaryPath)
        try Array(identity.utf8).withUnsafeBytes { try file.write($0) }
        guard link(file.path, identityPath) == 0 || errno == EEXIST else { throw MartletError.io("make", identityPath, errno: errno) }
        try Directory.synchronize(path)
    }
}

extension SQLConnection {
    /// `nil` where the database has no home yet, or no tables.
    func identity() throws -> String? {
        guard try hasColumn("id", of: "artifact_home") else { return nil }
        return try first("SELECT id FROM artifact_home") { $0.text(0) }
    }
}
