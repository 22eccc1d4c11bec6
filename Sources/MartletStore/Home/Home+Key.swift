import Glibc
package import MartletCore

/// The key with which secrets are kept in a database.
extension Home {
    /// The file of the key, which only its owner reads. Whoever copies the home copies it too; a copy of the database alone has no secrets.
    package var keyPath: String { "\(path)/key" }

    /// The key, made when it is first asked for. - Throws: `corrupt` for a file that is none, `storage`.
    package func sealingKey() throws -> SealingKey {
        if Directory.kind(of: keyPath) == nil {
            let file = TemporaryFile(in: temporaryPath)
            try SecretBytes.random(SealingKey.sizeBytes).withUnsafeBytes { try file.write($0) }
            // Of two that make one at once the first wins.
            guard link(file.path, keyPath) == 0 || errno == EEXIST else { throw MartletError.io("make", keyPath, errno: errno) }
            try Directory.synchronize(path)
        }
        let bytes = try OpenFile(keyPath, O_RDONLY).read(at: 0, countMax: SealingKey.sizeBytes + 1)
        guard let key = SealingKey(bytes) else {
            throw MartletError(
                .corrupt, "'\(keyPath)': expected \(SealingKey.sizeBytes) bytes, found \(bytes.count); restore it from a copy of this home")
        }
        return key
    }
}
