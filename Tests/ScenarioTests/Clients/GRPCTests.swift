import Glibc
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct GRPCTests {
        #if GRPC
        private func withServer(_ body: (RunningServer, ServedForest) async throws -> Void) async throws {
            try await ServedForest.with(["--grpc-port", "0"], awaiting: ["listening: http://", "listening: grpc://"]) {
                try await body($0.server, $0)
            }
        }

        @Test func `Triton's client is answered as it expects`() async throws {
            try await withServer { server, forest in
                let said = try await forest.output(of: "grpc_client.py", [try server.address("grpc"), try server.address("http"), "small"])
                #expect(said.hasSuffix("done\n"))
            }
        }

        @Test func `a server of both protocols stops when it is told to`() async throws {
            try await withServer { server, _ in
                server.process.send(SIGTERM)
                let ended = try await server.process.end()
                #expect(ended.status == 0)
                #expect(ended.errors.contains("stopped: every request was answered"))
            }
        }

        @Test func `a taken port ends the server before it serves anything`() async throws {
            try await withServer { server, _ in
                let port = String(try server.address("grpc").split(separator: ":").last ?? "")
                let other = try await ScoringPlace.with(rowCount: 0) {
                    try await $0.serve("--port", "0", "--grpc-port", port).run()
                }
                #expect(other.status == 1)
                #expect(other.errors.contains("port \(port) on '127.0.0.1' is taken"))
            }
        }
        #else
        @Test func `a server without gRPC says how to get one with it`() async throws {
            let result = try await ScoringPlace.with(rowCount: 0) { try await $0.serve("--grpc-port", "0").run() }
            #expect(result.status == 69)
            #expect(result.errors.contains("built without gRPC") && result.errors.contains("--traits GRPC"))
        }
        #endif

        @Test func `a port that is none is wrong usage`() async throws {
            let result = try await ScoringPlace.with(rowCount: 0) { try await $0.serve("--grpc-port", "65536").run() }
            #expect(result.status == 64)
            #expect(result.errors.contains("--grpc-port: expected 0 to 65535"))
        }
    }
}
