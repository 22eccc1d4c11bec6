import Foundation
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    /// Servers that speak HTTPS, as people start them and as others' clients see them.
    @Suite struct TrackingTLSTests {
        private func withCertificate(_ body: (TrackingHome, CertificateAuthority, [String]) async throws -> Void) async throws {
            try await TrackingHome.with { home in
                let authority = try await CertificateAuthority(in: "\(home.folder)/authority")
                let issued = try await authority.issue()
                try await body(home, authority, ["--tls-certificate", issued.certificate, "--tls-key", issued.key])
            }
        }

        private func up(_ home: TrackingHome, _ words: [String]) throws -> Command {
            try home.command(["up", "--project", "\(home.folder)/martlet.yaml", "--tracking-port", "0"] + words)
        }

        @Test func `MLflow's client logs by TLS, and refuses a server that another authority vouches for`() async throws {
            try await withCertificate { home, authority, words in
                let other = try await CertificateAuthority(in: "\(home.folder)/other")
                try await home.serving(words, awaiting: "listening: https://") { server in
                    let found = try await home.seen(
                        by: "mlflow_tls.py", server, environment: ["MLFLOW_TRACKING_SERVER_CERT_PATH": authority.root])
                    #expect(found == ["metric": 0.5, "artifact": true])
                    let refused = try await home.seen(
                        by: "mlflow_tls.py", server, environment: ["MLFLOW_TRACKING_SERVER_CERT_PATH": other.root])
                    #expect(refused == ["refused": true])
                    let trust = ["--silent", "--cacert", authority.root]
                    let metrics = try await Command("/usr/bin/curl", trust + ["https://localhost:\(server.port)/metrics"]).run()
                    #expect(!metrics.output.contains("\nmartlet_tls_handshakes_failed_total 0\n"))
                    #expect(metrics.output.contains("\nmartlet_tls_handshakes_failed_total "))
                }
            }
        }

        @Test func `half a pair, and a pair that does not fit, end the server before it serves anything`() async throws {
            try await withCertificate { home, authority, words in
                let other = try await authority.issue("other")
                for (given, reason) in [
                    (Array(words.prefix(2)), "name it with --tls-key"), (Array(words.suffix(2)), "name it with --tls-certificate"),
                    (words.prefix(3) + [other.key], "is not that of the first certificate"),
                ] {
                    let result = try await up(home, given).run()
                    #expect(result.status == 65)
                    #expect(result.errors.contains(reason), "\(result.errors)")
                }
            }
        }

        @Test(arguments: [false, true])
        func `passwords that cross the network in the clear are told of`(isEncrypted: Bool) async throws {
            try await withCertificate { home, _, words in
                let add = try home.command(["users", "add", "ann", "--administrator", "--no-password"])
                try #require(try await add.run().status == 0)
                let command = try up(home, ["--host", "0.0.0.0"] + (isEncrypted ? words : []))
                let server = try await RunningServer(command, awaiting: ["listening: http"])
                server.process.send(SIGTERM)
                let ended = try await server.process.end()
                #expect(ended.errors.contains("clear: passwords") == !isEncrypted)
            }
        }

        @Test func `models are served by TLS over HTTP and gRPC`() async throws {
            try await withCertificate { home, authority, words in
                var (options, awaited) = (words, ["listening: https://"])
                #if GRPC
                (options, awaited) = (words + ["--grpc-port", "0"], awaited + ["listening: grpcs://"])
                #endif
                try await ServedForest.with(options, awaiting: awaited) { forest in
                    let trust = ["--silent", "--fail", "--cacert", authority.root]
                    let ready = "https://127.0.0.1:\(forest.server.port)/v2/models/small/ready"
                    let asked = try await Command("/usr/bin/curl", trust + [ready]).run()
                    #expect(asked.status == 0)
                    #if GRPC
                    let said = try await forest.output(of: "grpc_tls.py", [try forest.server.address("grpcs"), authority.root])
                    #expect(said == "small is ready\n")
                    #endif
                }
            }
        }
    }
}
