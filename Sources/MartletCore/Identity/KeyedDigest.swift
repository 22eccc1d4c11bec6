import COpenSSL

/// HMAC-SHA256 (RFC 2104): the digest of a message that only those who know a key can make.
package enum KeyedDigest {
    /// The 32 bytes of the code. - Parameter key: any number of bytes from 1 on.
    package static func sha256(of message: [UInt8], key: [UInt8]) -> [UInt8] {
        precondition(!key.isEmpty, "a key without bytes authenticates nothing")
        guard let secret = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, nil, key, key.count), let context = EVP_MD_CTX_new() else {
            preconditionFailure("libcrypto has no HMAC")
        }
        defer {
            EVP_MD_CTX_free(context)
            EVP_PKEY_free(secret)
        }
        var code = [UInt8](repeating: 0, count: 32)
        var count = code.count
        let started = EVP_DigestSignInit(context, nil, EVP_sha256(), nil, secret)
        precondition(started == 1, "EVP_DigestSignInit failed")
        let signed = EVP_DigestSign(context, &code, &count, message, message.count)
        precondition(signed == 1, "EVP_DigestSign failed")
        precondition(count == code.count)
        return code
    }
}
