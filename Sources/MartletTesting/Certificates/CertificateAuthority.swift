import MartletCore

/// An authority that issues certificates into a folder; made with the program `openssl`.
package struct CertificateAuthority: Sendable {
    /// A certificate and its key, as paths of PEM.
    package struct Issued: Sendable {
        package let certificate: String
        package let key: String
    }

    private let folder: String

    /// The path of its own certificate, which clients are to trust.
    package var root: String { "\(folder)/root.pem" }

    /// Makes one. - Parameter folder: is made where missing.
    package init(in folder: String) async throws {
        self.folder = folder
        try await Self.run(
            """
            mkdir -p "$1" && cd "$1"
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=Test root' -days 3650 -keyout root.key \\
                -out root.pem
            """, [folder])
    }

    /// Issues a certificate.
    /// - Parameters:
    ///   - name: of the files; those of the same name are replaced.
    ///   - hosts: what it is for.
    ///   - days: until it expires, from now; negative where it has expired.
    package func issue(
        _ name: String = "server", for hosts: String = "DNS:localhost,IP:127.0.0.1", days: Int = 3650
    ) async throws -> Issued {
        try await Self.run(
            """
            cd "$1"
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=Test server' -keyout "$2.key" -out "$2.request"
            printf 'subjectAltName=%s\\nbasicConstraints=CA:FALSE\\n' "$3" >"$2.extensions"
            openssl x509 -req -in "$2.request" -CA root.pem -CAkey root.key -days "$4" -extfile "$2.extensions" -out "$2.pem"
            """, [folder, name, hosts, "\(days)"])
        return Issued(certificate: "\(folder)/\(name).pem", key: "\(folder)/\(name).key")
    }

    /// Runs lines of a shell. - Throws: `engine` with what they said.
    private static func run(_ lines: String, _ words: [String]) async throws {
        let result = try await Command.script("set -e\n\(lines)", words).run()
        guard result.status == 0 else { throw MartletError(.engine, "openssl: \(result.errors)") }
    }
}
