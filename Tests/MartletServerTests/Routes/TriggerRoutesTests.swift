import MartletCore
import MartletPlatform
import MartletRegistry
import MartletTesting
import Testing

@testable import MartletServer

@Suite struct TriggerRoutesTests {
    private static let boss = AccessStore.Actor("boss")

    /// Serves the routes alone, which give what they receive to a closure.
    private func with(
        _ receive: @escaping TriggerReceiver, _ body: (HTTPClient, AccessStore) async throws -> Void
    ) async throws {
        try await withTrackingStores { stores in
            var router = Router()
            TriggerRoutes(AccessGate(stores.access, stores.tracking), receive).add(to: &router)
            WebPageGuard(AllowedHosts([])).add(to: &router)
            try await withTestServer(router) { server in
                try await HTTPClient.withClient(server.address) { try await body($0, stores.access) }
            }
        }
    }

    @Test func `an event is taken with its body, and answered with the firing's id`() async throws {
        let received = Gathering<String>()
        try await with {
            received.add("\($0) \(String(decoding: $1, as: UTF8.self))")
            return "f1"
        } _: { client, _ in
            let answer = try await client.send(.post, "/v1/triggers/refresh", body: Array("{}".utf8))
            #expect(answer.status == 202)
            #expect(try JSONValue(parsing: answer.body, as: "the answer") == ["trigger": "refresh", "firing": "f1"])
            #expect(received.all == ["refresh {}"])
        }
    }

    @Test func `a body of the largest size is taken, a larger one is not`() async throws {
        let sizes = Gathering<Int>()
        try await with {
            sizes.add($1.count)
            return $0
        } _: { client, _ in
            for (extra, status) in [(0, 202), (1, 413)] {
                let body = [UInt8](repeating: 0, count: PipelineService.payloadSizeMaxBytes + extra)
                let answer = try await client.send(.post, "/v1/triggers/refresh", body: body)
                #expect(answer.status == status)
            }
            #expect(sizes.all == [PipelineService.payloadSizeMaxBytes])
        }
    }

    @Test func `a full queue is answered with 429 and when to come again, an unknown trigger with 404`() async throws {
        try await with { name, _ in
            guard name == "refresh" else { throw MartletError(.notFound, "there is no trigger") }
            throw MartletError(.overloaded, "100 events wait", retryAfterSeconds: 30)
        } _: { client, _ in
            let full = try await client.send(.post, "/v1/triggers/refresh")
            #expect((full.status, full.headers["retry-after"]) == (429, "30"))
            #expect(try await client.send(.post, "/v1/triggers/other").status == 404)
        }
    }

    @Test(arguments: [(Role?.none, 401), (.read, 403), (.write, 202)])
    func `where there are users, only those who may write fire a trigger`(role: Role?, status: Int) async throws {
        let received = Gathering<String>()
        try await with {
            received.add($0)
            return $1.isEmpty ? "f" : "g"
        } _: { client, access in
            try await access.addUser("boss", password: "the boss's own", isAdministrator: true, by: Self.boss)
            var headers: HeaderFields = [:]
            if let role {
                try await access.addUser("ann", password: nil, role: role, by: Self.boss)
                headers["authorization"] = "Bearer " + (try await access.addToken(of: "ann", label: "", by: Self.boss)).secret
            }
            #expect(try await client.send(.post, "/v1/triggers/refresh", headers: headers).status == status)
            #expect(received.all.count == (status == 202 ? 1 : 0))
        }
    }

    @Test func `a page of another origin fires nothing`() async throws {
        let received = Gathering<String>()
        try await with {
            received.add($0)
            return $1.isEmpty ? "f" : "g"
        } _: { client, _ in
            let answer = try await client.send(.post, "/v1/triggers/refresh", headers: ["origin": "https://elsewhere.example"])
            #expect(answer.status == 403)
            #expect(received.all.isEmpty)
        }
    }
}
