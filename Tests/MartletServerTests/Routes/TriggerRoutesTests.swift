import MartletCore
import MartletPipeline
import MartletPlatform
import MartletRegistry
import MartletTesting
import Testing

@testable import MartletServer

@Suite struct TriggerRoutesTests {
    private static let boss = AccessStore.Actor("boss")
    /// The default experiment, which is there from the start.
    private static let experiment: Int64 = 0

    /// Serves the routes alone, which give what they receive to a closure.
    private func with(
        isLocal: Bool = true, hasExperiment: Bool = false, _ receive: @escaping TriggerReceiver,
        _ body: (HTTPClient, AccessStore) async throws -> Void
    ) async throws {
        try await withTrackingStores { stores in
            var router = Router()
            let gate = ProjectGate(AccessGate(stores.access, stores.tracking)) { hasExperiment ? Self.experiment : nil }
            TriggerRoutes(gate, isLocal: isLocal, receive).add(to: &router)
            WebPageGuard(AllowedHosts([])).add(to: &router)
            try await withTestServer(router) { server in
                try await HTTPClient.withClient(server.address) { try await body($0, stores.access) }
            }
        }
    }

    @Test func `an event is taken with its body, and answered with the firing's id`() async throws {
        let received = Gathering<String>()
        try await with {
            received.add("\($0.webhook) \(String(decoding: $0.body, as: UTF8.self))")
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
            sizes.add($0.body.count)
            return "f"
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
        try await with { call in
            guard call.webhook == "refresh" else { throw MartletError(.notFound, "there is no trigger") }
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
            received.add($0.webhook)
            return "f"
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

    @Test(arguments: [(Role.write, Role.read, 403), (.read, .write, 202), (.none, .write, 202), (.write, .none, 403)])
    func `what somebody may do with the project's experiment counts more than what they may do elsewhere`(
        own: Role, granted: Role, status: Int
    ) async throws {
        try await with(hasExperiment: true) { _ in
            "f"
        } _: { client, access in
            try await access.addUser("boss", password: "the boss's own", isAdministrator: true, by: Self.boss)
            try await access.addUser("ann", password: nil, role: own, by: Self.boss)
            try await access.grant(granted, to: "ann", on: .experiment(Self.experiment), by: Self.boss)
            let token = try await access.addToken(of: "ann", label: "", by: Self.boss)
            let headers: HeaderFields = ["authorization": "Bearer \(token.secret)"]
            #expect(try await client.send(.post, "/v1/triggers/refresh", headers: headers).status == status)
        }
    }

    @Test(arguments: [(true, WebhookCall.Sender.neighbour), (false, .stranger)])
    func `without users a sender is of this machine where no other reaches the port`(isLocal: Bool, expected: WebhookCall.Sender)
        async throws
    {
        let senders = Gathering<WebhookCall.Sender>()
        try await with(isLocal: isLocal) {
            senders.add($0.sender)
            return "f"
        } _: { client, _ in
            let answer = try await client.send(.post, "/v1/triggers/refresh")
            #expect(answer.status == 202)
            #expect(senders.all == [expected])
        }
    }

    @Test func `with users a signature is handed on as a stranger's, a token as a user's`() async throws {
        let calls = Gathering<WebhookCall>()
        try await with {
            calls.add($0)
            return "f"
        } _: { client, access in
            try await access.addUser("boss", password: "the boss's own", isAdministrator: true, by: Self.boss)
            let token = try await access.addToken(of: "boss", label: "", by: Self.boss).secret
            let github: HeaderFields = ["x-hub-signature-256": "sha256=00"]
            var both = github
            both["authorization"] = "Bearer \(token)"
            var wrong = github
            wrong["authorization"] = "Bearer no-token"
            let mlflow: HeaderFields = ["x-mlflow-signature": "v1,AA==", "x-mlflow-delivery-id": "d1", "x-mlflow-timestamp": "7"]
            for (headers, status) in [(github, 202), (both, 202), (wrong, 401), (mlflow, 202)] {
                #expect(try await client.send(.post, "/v1/triggers/refresh", headers: headers).status == status)
            }
            #expect(calls.all.map(\.sender) == [.stranger, .user, .stranger])
            #expect(
                calls.all.map(\.signature) == [
                    .body("sha256=00"), .body("sha256=00"), .delivery(id: "d1", seconds: "7", "v1,AA=="),
                ])
        }
    }

    @Test func `who is refused is told so with 401`() async throws {
        try await with { _ in
            throw WebhookRefusal(description: "sign it")
        } _: { client, _ in
            let answer = try await client.send(.post, "/v1/triggers/refresh")
            #expect(answer.status == 401)
            #expect(String(decoding: answer.body, as: UTF8.self).contains("sign it"))
        }
    }

    @Test func `a page of another origin fires nothing`() async throws {
        let received = Gathering<String>()
        try await with {
            received.add($0.webhook)
            return "f"
        } _: { client, _ in
            let answer = try await client.send(.post, "/v1/triggers/refresh", headers: ["origin": "https://elsewhere.example"])
            #expect(answer.status == 403)
            #expect(received.all.isEmpty)
        }
    }
}
