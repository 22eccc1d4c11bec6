import Glibc
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct KilledServerTests {
        @Test func `a server that is killed has logged every answer that it gave`() async throws {
            try await withWorkplace { place in
                try await place.makeRelease()
                try await place.json("deploy", "price")
                var told: [Traffic.Answer] = []
                for round in 1...3 {
                    try await place.withServer { server in
                        let traffic = Traffic(server, name: "round-\(round)")
                        try await traffic.answerCount(150)
                        server.process.send(SIGKILL)
                        told += try await traffic.end()
                    }
                }
                #expect(Set(told.map(\.status)) == [200])
                let rows = try await place.query("SELECT request_id, price, release FROM price_answers")
                let logged = Dictionary(grouping: rows) { $0["request_id"]?.string ?? "" }
                let lost = told.filter { answer in
                    logged[answer.requestID]?.allSatisfy {
                        $0["price"]?.double == answer.price && $0["release"]?.string == answer.release
                    } != true
                }
                #expect(lost.isEmpty, "\(lost.count) of \(told.count) answers are not in the log as they were given")
            }
        }

        @Test func `a server that was killed is not taken for a running one`() async throws {
            try await withWorkplace { place in
                try await place.withDeployedServer { server in
                    server.process.send(SIGKILL)
                    let ended = try await server.process.end()
                    #expect(ended.status == -SIGKILL)
                }
                let deployed = try await place.json("deploy", "price")
                #expect(deployed["serving"] == false)
                let replayed = try await place.run("replay", "price", "--limit", "1")
                #expect(replayed.status == 69, "\(replayed.errors)")
            }
        }
    }
}
