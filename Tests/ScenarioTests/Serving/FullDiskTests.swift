import Glibc
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct FullDiskTests {
        static let failures = "martlet_log_failures_total{endpoint=\"price\"}"

        /// Asks the same until an answer is refused: where one record does not fit, the next does not either.
        /// - Returns: the identifiers of the answers that were given, and the refusal.
        private func askUntilRefused(_ server: RunningServer, limit: Int = 12_000) throws -> (given: Set<String>, refusal: ServerAnswer) {
            let connection = try server.connect()
            defer { connection.close() }
            var given: Set<String> = []
            for _ in 0..<limit {
                let answer = try connection.send("POST", "/v1/endpoints/price/decide", RunningServer.row())
                guard answer.status == 200 else { return (given, answer) }
                given.insert(try #require(try answer.json["request_id"]?.string))
            }
            throw MartletError(.limitExceeded, "none of \(limit) answers was refused; is the log limited at all?")
        }

        private func loggedIDs(_ place: Workplace) async throws -> Set<String> {
            Set(try await place.query("SELECT request_id FROM price_answers").compactMap { $0["request_id"]?.string })
        }

        @Test func `an answer that cannot be logged is refused, and the server lives on`() async throws {
            try await withWorkplace { place in
                try await place.makeRelease()
                try await place.json("deploy", "price")
                // No file may become larger than 2 MiB; the shell hands the limit on to what it becomes.
                let limited = Command.script(
                    "ulimit -f 2048; exec \"$@\"", [place.server.program] + place.server.arguments, environment: place.server.environment
                )
                try await place.withServer(limited) { server in
                    let (given, refusal) = try askUntilRefused(server)
                    #expect(refusal.status == 503)
                    #expect(refusal.body.contains("the answer could not be logged, so it is not given"))
                    #expect(try server.metric(Self.failures) >= 1)
                    let next = try server.decide()
                    #expect(next.status == 200, "a new segment has room again")
                    let logged = try await loggedIDs(place)
                    #expect(logged.isSuperset(of: given.union([try #require(try next.json["request_id"]?.string)])))
                    #expect(!logged.contains(refusal.headers["x-request-id"] ?? ""))
                }
            }
        }

        @Test(.enabled("mounting a small file system takes root") { SmallFileSystem.isPermitted })
        func `a server whose log's disk is full answers again once there is space`() async throws {
            try await withWorkplace { place in
                try await place.makeRelease()
                try await place.json("deploy", "price")
                try await SmallFileSystem.with(at: "\(place.home)/log", sizeKiB: 1_024, fillerKiB: 768) { disk in
                    try await place.withServer { server in
                        var (given, refusal) = try askUntilRefused(server)
                        #expect(refusal.status == 503)
                        for _ in 0..<5 { #expect(try server.decide().status == 503) }
                        #expect(try server.metric(Self.failures) >= 6)
                        try disk.removeFiller()
                        let again = try server.decide()
                        #expect(again.status == 200, "\(again.body)")
                        given.insert(try #require(try again.json["request_id"]?.string))
                        server.process.send(SIGKILL)
                        _ = try await server.process.end()
                        #expect(try await loggedIDs(place).isSuperset(of: given))
                    }
                }
            }
        }
    }
}
