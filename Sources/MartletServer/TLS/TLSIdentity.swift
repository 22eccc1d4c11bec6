import MartletCore
import NIOCore
import NIOSSL

/// A certificate with its chain and its key, read from files and found to belong together.
struct TLSIdentity: Sendable {
    /// How long the other side's answer is awaited when a connection ends.
    private static let shutdownTimeout = TimeAmount.milliseconds(500)
    /// For TLS 1.2; those of 1.3 are all good. Keys that are of no use later, and ciphers that also authenticate.
    private static let cipherSuites = "ECDHE+AESGCM:ECDHE+CHACHA20"

    /// From when the certificate holds.
    let validFrom: Timestamp
    /// Until when the certificate holds.
    let validUntil: Timestamp
    private let files: TLSFiles
    private let configuration: TLSConfiguration

    /// - Throws: `invalidInput` where a file cannot be read, is not what it should be, or the key is not the certificate's.
    init(reading files: TLSFiles) throws(MartletError) {
        let chain = try Self.chain(files.certificate)
        guard let own = chain.first else { throw Self.noCertificate(files.certificate, "none") }
        let key = try Self.key(files.key)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.cipherSuites = Self.cipherSuites
        configuration.shutdownTimeout = Self.shutdownTimeout
        self.configuration = configuration
        self.files = files
        validFrom = Timestamp(seconds: own.notValidBefore)
        validUntil = Timestamp(seconds: own.notValidAfter)
        _ = try context(protocol: "http/1.1")
    }

    /// What connections of an application's protocol are made with.
    /// - Throws: `invalidInput` where key and certificate do not belong together.
    func context(protocol name: String) throws(MartletError) -> NIOSSLContext {
        var configuration = configuration
        configuration.applicationProtocols = [name]
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw MartletError(
                .invalidInput,
                "the TLS key '\(files.key)' is not that of the first certificate in '\(files.certificate)', which must be the server's own; "
                    + "name a pair")
        }
    }

    /// What to say of a certificate that has expired; `nil` before.
    func expiry(at now: Timestamp) -> String? {
        validUntil <= now ? "the TLS certificate '\(files.certificate)' expired at \(validUntil); clients refuse it" : nil
    }

    /// What is dubious at the start, but no reason not to serve.
    func warnings(at now: Timestamp) -> [String] {
        var warnings = [expiry(at: now)].compactMap(\.self)
        if now < validFrom { warnings.append("the TLS certificate '\(files.certificate)' is valid only from \(validFrom) on") }
        if files.isKeyExposed { warnings.append("every user of this machine can read the TLS key '\(files.key)'; see 'chmod 600'") }
        return warnings
    }

    // MARK: Files

    private static func chain(_ path: String) throws(MartletError) -> [NIOSSLCertificate] {
        let bytes = try TLSFiles.bytes(of: path, "certificate")
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.contains("-----BEGIN CERTIFICATE-----") || text.contains("-----BEGIN TRUSTED CERTIFICATE-----") else {
            throw noCertificate(path, text.contains("PRIVATE KEY-----") ? "a private key; are the two exchanged" : "other bytes")
        }
        do {
            return try NIOSSLCertificate.fromPEMBytes(bytes)
        } catch {
            throw MartletError(.invalidInput, "a certificate in '\(path)' is damaged (\(TLSReason(error))); copy the file again")
        }
    }

    private static func noCertificate(_ path: String, _ found: String) -> MartletError {
        MartletError(
            .invalidInput, "the TLS certificate '\(path)': expected PEM with '-----BEGIN CERTIFICATE-----', found \(found)")
    }

    private static func key(_ path: String) throws(MartletError) -> NIOSSLPrivateKey {
        let bytes = try TLSFiles.bytes(of: path, "key")
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.contains("PRIVATE KEY-----") else {
            let found = text.contains("-----BEGIN CERTIFICATE-----") ? "a certificate; are the two exchanged" : "other bytes"
            throw MartletError(.invalidInput, "the TLS key '\(path)': expected PEM with '-----BEGIN PRIVATE KEY-----', found \(found)")
        }
        guard !text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----"), !text.contains("Proc-Type: 4,ENCRYPTED") else {
            throw MartletError(
                .invalidInput,
                "the TLS key '\(path)' is encrypted, and a server cannot ask for its passphrase; write it in the clear with "
                    + "'openssl pkey -in FILE -out FILE', for its owner alone")
        }
        do {
            return try NIOSSLPrivateKey(bytes: bytes, format: .pem)
        } catch {
            throw MartletError(.invalidInput, "the TLS key '\(path)' is damaged (\(TLSReason(error))); copy the file again")
        }
    }
}

extension Timestamp {
    fileprivate init(seconds: Int) { self.init(microseconds: Int64(seconds) &* 1_000_000) }
}
