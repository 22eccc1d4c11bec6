import COpenSSL

/// A key that keeps bytes secret where others may read them: AES-256 in Galois/Counter Mode (NIST SP 800-38D).
package struct SealingKey: Sendable {
    /// How many bytes a key has.
    package static let sizeBytes = 32
    private static let nonceSizeBytes = 12
    private static let tagSizeBytes = 16

    private let bytes: [UInt8]

    /// `nil` unless there are `sizeBytes` of them.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.sizeBytes else { return nil }
        self.bytes = bytes
    }

    /// Bytes that tell nothing but their number: a random nonce, the bytes encrypted, and a tag. - Parameter name: what they belong to.
    package func seal(_ plain: [UInt8], of name: String) -> [UInt8] {
        let nonce = SecretBytes.random(Self.nonceSizeBytes)
        var sealed = [UInt8](repeating: 0, count: plain.count)
        var tag = [UInt8](repeating: 0, count: Self.tagSizeBytes)
        let isSealed = withContext { context in
            var count: Int32 = 0
            let name = Array(name.utf8)
            return EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, bytes, nonce) == 1
                && EVP_EncryptUpdate(context, nil, &count, name, Int32(name.count)) == 1
                && EVP_EncryptUpdate(context, &sealed, &count, plain, Int32(plain.count)) == 1
                && EVP_EncryptFinal_ex(context, &tag, &count) == 1
                && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tag.count), &tag) == 1
        }
        precondition(isSealed, "libcrypto has no AES-256-GCM")
        return nonce + sealed + tag
    }

    /// What was sealed; `nil` where that was with another key or for another name, or was changed since.
    package func open(_ sealed: [UInt8], of name: String) -> [UInt8]? {
        guard sealed.count >= Self.nonceSizeBytes + Self.tagSizeBytes else { return nil }
        let nonce = Array(sealed.prefix(Self.nonceSizeBytes))
        var tag = Array(sealed.suffix(Self.tagSizeBytes))
        let rest = Array(sealed.dropFirst(Self.nonceSizeBytes).dropLast(Self.tagSizeBytes))
        var plain = [UInt8](repeating: 0, count: rest.count)
        let isOpen = withContext { context in
            var count: Int32 = 0
            let name = Array(name.utf8)
            return EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nil, bytes, nonce) == 1
                && EVP_DecryptUpdate(context, nil, &count, name, Int32(name.count)) == 1
                && EVP_DecryptUpdate(context, &plain, &count, rest, Int32(rest.count)) == 1
                && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag) == 1
                && EVP_DecryptFinal_ex(context, nil, &count) == 1
        }
        return isOpen ? plain : nil
    }

    private func withContext<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("libcrypto has no memory") }
        defer { EVP_CIPHER_CTX_free(context) }
        return body(context)
    }
}

extension SealingKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "(key)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
