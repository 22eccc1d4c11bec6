import Foundation
import MartletCore
import MartletTesting
import Testing

@testable import MartletServer

struct TLSIdentityTests {
    private func withAuthority(_ body: (CertificateAuthority, String) async throws -> Void) async throws {
        try await withTemporaryFolder { try await body(try await CertificateAuthority(in: $0), $0) }
    }

    private func refusal(_ certificate: String, _ key: String) -> String {
        let error = #expect(throws: MartletError.self) { try TLSIdentity(reading: TLSFiles(certificate: certificate, key: key)) }
        return error?.message ?? ""
    }

    @Test func `a certificate and its key are taken, also from one file with the chain`() async throws {
        try await withAuthority { authority, folder in
            let issued = try await authority.issue()
            let parts = try [issued.key, issued.certificate, authority.root].map { try Data(contentsOf: URL(filePath: $0)) }
            try Data(parts.joined()).write(to: URL(filePath: "\(folder)/all.pem"))
            for files in [(issued.certificate, issued.key), ("\(folder)/all.pem", "\(folder)/all.pem")] {
                let identity = try TLSIdentity(reading: TLSFiles(certificate: files.0, key: files.1))
                #expect(identity.validFrom <= .now && .now < identity.validUntil)
            }
        }
    }

    @Test func `files that are not what they should be are refused, each with its reason`() async throws {
        try await withAuthority { authority, folder in
            let (own, other) = (try await authority.issue(), try await authority.issue("other"))
            let junk = "\(folder)/junk"
            try Data([0x30, 0x82, 0xff]).write(to: URL(filePath: junk))
            #expect(refusal("\(folder)/none", own.key).contains("certificate: cannot open '\(folder)/none': No such file"))
            #expect(refusal(folder, own.key).contains("certificate: cannot read '\(folder)'"))
            #expect(refusal(junk, own.key).contains("expected PEM with '-----BEGIN CERTIFICATE-----', found other bytes"))
            #expect(refusal(own.key, own.certificate).contains("found a private key; are the two exchanged"))
            #expect(refusal(own.certificate, own.certificate).contains("found a certificate; are the two exchanged"))
            #expect(refusal(own.certificate, other.key).contains("is not that of the first certificate"))
        }
    }

    @Test func `damaged, huge and encrypted files are refused`() async throws {
        try await withAuthority { authority, folder in
            let own = try await authority.issue()
            func write(_ text: String) throws -> String {
                try Data(text.utf8).write(to: URL(filePath: "\(folder)/made"))
                return "\(folder)/made"
            }
            let torn = try write("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
            #expect(refusal(torn, own.key).contains("is damaged"))
            let tornKey = try write("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n")
            #expect(refusal(own.certificate, tornKey).contains("is damaged"))
            let huge = try write(String(repeating: "x", count: TLSFiles.sizeMaxBytes + 1))
            #expect(refusal(huge, own.key).contains("larger than 1048576 bytes"))
            for form in ["-----BEGIN ENCRYPTED PRIVATE KEY-----\n", "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"] {
                #expect(refusal(own.certificate, try write(form)).contains("is encrypted, and a server cannot ask for its passphrase"))
            }
        }
    }

    @Test func `an expired certificate and a key that everybody reads are warned about`() async throws {
        try await withAuthority { authority, _ in
            let good = try await authority.issue()
            let files = TLSFiles(certificate: good.certificate, key: good.key)
            #expect(try TLSIdentity(reading: files).warnings(at: .now).isEmpty)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: good.key)
            let exposed = try TLSIdentity(reading: files).warnings(at: .now)
            #expect(exposed.count == 1 && exposed[0].contains("can read the TLS key"))
            let old = try await authority.issue("old", days: -1)
            let expired = try TLSIdentity(reading: TLSFiles(certificate: old.certificate, key: old.key))
            #expect(expired.warnings(at: .now).contains { $0.contains("expired at") })
            #expect(expired.warnings(at: Timestamp(microseconds: 0)).contains { $0.contains("is valid only from") })
        }
    }
}
