import MartletCore
import MartletRegistry
import MartletTesting
import Synchronization
import Testing

@testable import MartletServer

/// Answers as it is told, the last answer again and again, and keeps what was sent.
final class ScriptedSender: WebhookSender {
    private let answers: Mutex<[Result<WebhookAnswer, any Error>]>
    let sent = Gathering<WebhookRequest>()

    init(_ answers: [Result<WebhookAnswer, any Error>]) { self.answers = Mutex(answers) }

    convenience init(_ statuses: Int...) { self.init(statuses.map { .success(WebhookAnswer(status: $0, body: "ok")) }) }

    func send(_ request: WebhookRequest) async throws -> WebhookAnswer {
        sent.add(request)
        return try answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }.get()
    }
}

struct WebhookDeliveryTests {
    private static let message = WebhookMessage.registeredModelCreated(name: "m", tags: [KeyedText("a", "b")], description: nil)

    private static func webhook() throws -> Webhook {
        let event = try WebhookEvent(.registeredModel, .created)
        return Webhook(id: "1", name: "w", url: "u", events: [event], createdAt: 0, updatedAt: 0)
    }

    private func delivery(_ sender: ScriptedSender, waits: Gathering<Duration> = Gathering()) -> WebhookDelivery {
        WebhookDelivery(
            sender: sender, retries: WebhookRetries(countMax: 3), clock: { Timestamp(microseconds: 1_795_328_764_544_938) },
            sleep: { waits.add($0) }, jitter: { 0.5 }, makeID: { "be48397b-d2fe-4f22-a96b-aa8689274c65" })
    }

    @Test func `a delivery is signed as MLflow signs it`() async throws {
        let sender = ScriptedSender(200)
        _ = try await delivery(sender).deliver(Self.message, to: Self.webhook(), secret: WebhookSecret("sec"))
        let headers = try #require(sender.sent.take().first?.headers)
        #expect(
            headers.map { "\($0.0): \($0.1)" } == [
                "Content-Type: application/json", "X-MLflow-Delivery-Id: be48397b-d2fe-4f22-a96b-aa8689274c65",
                "X-MLflow-Timestamp: 1795328764", "X-MLflow-Signature: v1,8/RHvq6yFkocYj2sXdNt3vHyDdLZFZ+HrlPqv39sycc=",
            ])
    }

    @Test func `without a secret nothing is signed`() async throws {
        let sender = ScriptedSender(200)
        _ = try await delivery(sender).deliver(Self.message, to: Self.webhook(), secret: nil)
        let headers = try #require(sender.sent.take().first?.headers)
        #expect(headers.count == 3)
    }

    @Test func `a busy webhook is asked again, with the same delivery, and longer and longer pauses`() async throws {
        let (sender, waits) = (ScriptedSender(503, 429, 500, 502), Gathering<Duration>())
        let answer = try await delivery(sender, waits: waits).deliver(Self.message, to: Self.webhook(), secret: WebhookSecret("s"))
        let sent = sender.sent.take()
        #expect(answer.status == 502)
        #expect(sent.count == 4)
        #expect(Set(sent.map { $0.headers.map(\.1).joined() }).count == 1)
        #expect(waits.take() == [.seconds(2.5), .seconds(4.5)])
    }

    @Test(arguments: [200, 302, 404, 501])
    func `another answer is taken as it is`(_ status: Int) async throws {
        let sender = ScriptedSender(status)
        let answer = try await delivery(sender).deliver(Self.message, to: Self.webhook(), secret: nil)
        #expect(answer.status == status)
        #expect(sender.sent.take().count == 1)
    }

    @Test func `a webhook that is not there is asked again, one that is refused is not`() async throws {
        let gone = ScriptedSender([.failure(MartletError(.unavailable, "gone"))])
        let webhook = try Self.webhook()
        await #expect(throws: MartletError.self) { try await delivery(gone).deliver(Self.message, to: webhook, secret: nil) }
        #expect(gone.sent.take().count == 4)
        let refused = ScriptedSender([.failure(TrackingFault(.invalidParameterValue, "no"))])
        await #expect(throws: TrackingFault.self) { try await delivery(refused).deliver(Self.message, to: webhook, secret: nil) }
        #expect(refused.sent.take().count == 1)
    }

    @Test func `a webhook may say how long to wait, but not for ever`() {
        let retries = WebhookRetries(countMax: 3)
        #expect(retries.wait(afterRetries: 0, retryAfterSeconds: 7, jitter: 0) == 7)
        #expect(retries.wait(afterRetries: 0, retryAfterSeconds: 1_000_000, jitter: 0) == 60)
        #expect(retries.wait(afterRetries: 0, retryAfterSeconds: -5, jitter: 0) == 0)
        #expect(retries.wait(afterRetries: 3, retryAfterSeconds: 7, jitter: 0) == nil)
        #expect(WebhookRetries(countMax: 100).wait(afterRetries: 70, jitter: 1) == 60)
    }

    // MARK: Over the wire

    private static func answering(_ response: HTTPResponse, into received: Gathering<String>) -> Router {
        var router = Router()
        router.on(.post, "/hook") { request, _ in
            received.add("\(request.headers["host"] ?? "") \(String(decoding: request.body.bytes, as: UTF8.self))")
            return response
        }
        return router
    }

    @Test func `a webhook on this machine is told where that is allowed`() async throws {
        let received = Gathering<String>()
        try await withTestServer(Self.answering(.text(200, "fine"), into: received)) { server in
            var options = WebhookOptions()
            (options.allowedSchemes, options.allowsPrivateAddresses) = (["http"], true)
            let sender = HTTPWebhookSender(gate: WebhookGate(options))
            let url = "http://127.0.0.1:\(server.address.port)/hook"
            let answer = try await sender.send(WebhookRequest(url: url, headers: [], body: Array("hello".utf8)))
            #expect(answer == WebhookAnswer(status: 200, body: "fine"))
            #expect(received.take() == ["127.0.0.1:\(server.address.port) hello"])
        }
    }

    @Test func `a webhook on this machine is not told otherwise`() async throws {
        let received = Gathering<String>()
        try await withTestServer(Self.answering(.text(200, "fine"), into: received)) { server in
            var options = WebhookOptions()
            options.allowedSchemes = ["http"]
            let sender = HTTPWebhookSender(gate: WebhookGate(options))
            let request = WebhookRequest(url: "http://127.0.0.1:\(server.address.port)/hook", headers: [], body: [])
            await #expect(throws: TrackingFault.self) { try await sender.send(request) }
            let found = received.take()
            #expect(found.isEmpty)
        }
    }

    @Test func `an answer that is too large is refused`() async throws {
        let large = HTTPResponse.text(200, String(repeating: "x", count: 70_000))
        try await withTestServer(Self.answering(large, into: Gathering())) { server in
            var options = WebhookOptions()
            (options.allowedSchemes, options.allowsPrivateAddresses) = (["http"], true)
            let sender = HTTPWebhookSender(gate: WebhookGate(options))
            let request = WebhookRequest(url: "http://127.0.0.1:\(server.address.port)/hook", headers: [], body: [])
            let error = await #expect(throws: MartletError.self) { try await sender.send(request) }
            #expect(error?.code == .limitExceeded)
        }
    }
}
