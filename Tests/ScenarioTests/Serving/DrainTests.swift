import Foundation
import Glibc
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct DrainTests {
        @Test func `requests that run when the server is told to stop are answered`() async throws {
            // Ten thousand prices each make answers slow enough to be under way.
            try await withWorkplace(change: { $0.candidateCount = 10_000 }) { place in
                try await place.withDeployedServer { server in
                    let traffic = Traffic(server, connectionCount: 4)
                    try await waitUntil("requests are under way") {
                        try server.metric("martlet_http_requests_in_flight") > 1  // one is the question itself
                    }
                    server.process.send(SIGTERM)
                    let answers = try await traffic.end()
                    #expect(answers.allSatisfy { $0.status == 200 })
                    let ended = try await server.process.end()
                    #expect(ended.status == 0)
                    #expect(ended.errors.contains("every request was answered"))
                    let logged = try await place.answerCount()
                    #expect(logged == answers.count, "what was logged was answered, and the other way round")
                }
            }
        }

        @Test func `a server that stopped leaves its log as Parquet`() async throws {
            try await withWorkplace { place in
                try await place.withDeployedServer { server in
                    let traffic = Traffic(server)
                    try await traffic.answerCount(100)
                    let answers = try await traffic.stop()
                    server.process.send(SIGTERM)
                    let ended = try await server.process.end()
                    #expect(ended.status == 0)
                    let folder = "\(place.home)/log/price/answers"
                    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
                    #expect(names.contains { $0.hasSuffix(".parquet") })
                    for name in names where name.hasSuffix(".seg") {
                        let size = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.size] as? Int
                        #expect(size == 0, "\(name) was not turned into Parquet")
                    }
                    let rows = try await place.query("SELECT count(DISTINCT request_id) AS n FROM read_parquet('\(folder)/*.parquet')")
                    #expect(rows == [["n": .integer(Int64(answers.count))]])
                    let logged = try await place.answerCount()
                    #expect(logged == answers.count)
                }
            }
        }

        @Test func `a server that stopped serves the same home again`() async throws {
            try await withWorkplace { place in
                let before = try await place.withDeployedServer { server in
                    let answer = try server.decide()
                    server.process.send(SIGINT)
                    let ended = try await server.process.end()
                    #expect(ended.status == 0)
                    return try answer.json
                }
                let after = try await place.withServer { try $0.decide().json }
                #expect(after["price"] == before["price"])
                let logged = try await place.answerCount()
                #expect(logged == 2)
            }
        }
    }
}
