import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    /// The server's description of itself, tried by schemathesis: what it says has to be so, whatever is sent.
    @Suite struct OpenAPITests {
        @Test func `every address keeps what the OpenAPI document says, whatever is sent`() async throws {
            // A schema cannot say that the elements fill the shape, so that some valid requests are refused.
            try await tried(["--exclude-path-regex", "load$", "--exclude-checks", "positive_data_acceptance", "--max-examples", "50"])
        }

        @Test func `loading and unloading keep what the OpenAPI document says`() async throws {
            try await tried(["--include-path-regex", "load$", "--max-examples", "50"])
        }

        private func tried(_ words: [String]) async throws {
            try await ServedForest.with { forest in
                let program = try PythonEnvironment.clients.path()
                let address = "http://127.0.0.1:\(forest.server.port)/openapi.json"
                try await withTemporaryFolder { folder in
                    let command = Command.script(
                        "cd \"$1\" && shift && exec \"$@\"",
                        [folder, program, "-m", "schemathesis.cli", "run", address, "--seed", "7", "--no-color"] + words)
                    let result = try await command.run()
                    #expect(result.status == 0, "\(result.output.suffix(6_000)) \(result.errors.suffix(1_000))")
                    #expect(result.output.contains("passed"))
                }
                #expect(try forest.server.send("GET", "/v2/health/live").status == 200)
            }
        }
    }
}
