import MartletCore
import MartletRegistry
import MartletTesting
import Testing

@testable import MartletServer

struct WebhookNotifierTests {
    /// Takes every address.
    private struct Anywhere: WebhookAddressCheck {
        func check(_ url: String) async throws {}
    }

    private func withNotifier(
        _ sender: ScriptedSender, queueCountMax: Int = 1000, _ body: (WebhookStore, WebhookNotifier) async throws -> Void
    ) async throws {
        try await withTrackingStore { tracking in
            let store = try await WebhookStore(tracking, addresses: Anywhere(), key: .testing)
            var options = WebhookOptions()
            options.queueCountMax = queueCountMax
            let delivery = WebhookDelivery(sender: sender, retries: WebhookRetries(countMax: 0))
            try await body(store, WebhookNotifier(store, options, delivery))
        }
    }

    private static func draft(_ name: String, _ event: WebhookEvent, status: Webhook.Status = .active) -> WebhookDraft {
        WebhookDraft(name: name, url: name, events: [event], status: status)
    }

    /// Runs a notifier until so many deliveries have ended.
    private func run(_ notifier: WebhookNotifier, untilEnded count: Int) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await notifier.run() }
            defer { group.cancelAll() }
            while notifier.counts.delivered + notifier.counts.failed < count { await Task.yield() }
        }
    }

    @Test func `all active webhooks of an event are told, and counted`() async throws {
        let sender = ScriptedSender(200)
        try await withNotifier(sender) { store, notifier in
            let created = try WebhookEvent(.registeredModel, .created)
            for name in ["a", "b"] { _ = try await store.create(Self.draft(name, created)) }
            _ = try await store.create(Self.draft("off", created, status: .disabled))
            _ = try await store.create(Self.draft("other", try WebhookEvent(.prompt, .created)))
            notifier.notify(.registeredModelCreated(name: "m", tags: [], description: nil))
            await run(notifier, untilEnded: 2)
            #expect(Set(sender.sent.take().map(\.url)) == ["a", "b"])
            #expect(notifier.counts == WebhookNotifier.Counts(delivered: 2))
        }
    }

    @Test func `what was refused is counted`() async throws {
        try await withNotifier(ScriptedSender(500)) { store, notifier in
            _ = try await store.create(Self.draft("a", try WebhookEvent(.prompt, .created)))
            notifier.notify(.promptCreated(name: "p", tags: [], description: nil))
            await run(notifier, untilEnded: 1)
            #expect(notifier.counts == WebhookNotifier.Counts(failed: 1))
        }
    }

    @Test func `a webhook whose secret cannot be opened is told nothing, which is reported once, and the others are told`() async throws {
        try await withTrackingStore { tracking in
            let created = try WebhookEvent(.registeredModel, .created)
            var draft = Self.draft("lost", created)
            draft.secret = WebhookSecret("hush")
            let lost = try await WebhookStore(tracking, addresses: Anywhere(), key: .testing).create(draft)
            let key = try #require(SealingKey(Array(repeating: 8, count: SealingKey.sizeBytes)))
            let store = try await WebhookStore(tracking, addresses: Anywhere(), key: key)
            _ = try await store.create(Self.draft("other", created))
            let (sender, told) = (ScriptedSender(200), Gathering<String>())
            let delivery = WebhookDelivery(sender: sender, retries: WebhookRetries(countMax: 0))
            let notifier = WebhookNotifier(store, WebhookOptions(), delivery, report: { told.add($0) })
            try await notifier.check()
            #expect(told.all.map { $0.contains("'lost' (\(lost.id))") } == [true])
            notifier.notify(.registeredModelCreated(name: "m", tags: [], description: nil))
            await run(notifier, untilEnded: 2)
            #expect(notifier.counts == WebhookNotifier.Counts(delivered: 1, failed: 1))
            #expect(sender.sent.take().map(\.url) == ["other"])
            #expect(told.all.count == 1)
            let tested = try await notifier.test(lost)
            #expect("\(tested)".contains("another key"))
        }
    }

    @Test func `beyond the limit messages are dropped, and counted`() async throws {
        try await withNotifier(ScriptedSender(200), queueCountMax: 2) { _, notifier in
            for _ in 0..<5 { notifier.notify(.promptTagDeleted(name: "p", key: "k")) }
            let counts = notifier.counts
            try #require(counts == WebhookNotifier.Counts(dropped: 3))
        }
    }

    @Test func `a test says what the webhook answered, or why it did not`() async throws {
        let sender = ScriptedSender([
            .success(WebhookAnswer(status: 404, body: "no")), .failure(TrackingFault(.invalidParameterValue, "refused")),
        ])
        try await withNotifier(sender) { store, notifier in
            let webhook = try await store.create(Self.draft("a", try WebhookEvent(.modelVersionTag, .set), status: .disabled))
            #expect(try await notifier.test(webhook) == .answered(status: 404, body: "no"))
            #expect(try await notifier.test(webhook) == .failed("Failed to test webhook: refused"))
            let body = try #require(sender.sent.take().first.map { String(decoding: $0.body, as: UTF8.self) })
            #expect(body.hasPrefix(#"{"entity": "model_version_tag", "action": "set", "#))
            #expect(body.hasSuffix(#""data": {"name": "example_model", "version": "1", "key": "example_key", "value": "example_value"}}"#))
        }
    }

    // MARK: Endpoints

    private func withServer(_ sender: ScriptedSender, _ body: (TrackedServer) async throws -> Void) async throws {
        try await TrackedServer.serve(more: { tracking in
            let store = try await WebhookStore(tracking, addresses: Anywhere(), key: .testing)
            let delivery = WebhookDelivery(sender: sender, retries: WebhookRetries(countMax: 0))
            return WebhookEndpoints(store: store, notifier: WebhookNotifier(store, WebhookOptions(), delivery)).all
        }) { try await body($0) }
    }

    private static let events: JSONValue = [
        ["entity": "REGISTERED_MODEL", "action": "CREATED"], ["entity": "MODEL_VERSION", "action": "CREATED"],
    ]

    @Test func `a webhook is made, changed, tested and deleted, and never tells its secret`() async throws {
        try await withServer(ScriptedSender(200)) { server in
            let made = try await server.post(
                "webhooks", ["name": "w3", "description": "d", "url": "u", "events": Self.events, "secret": "hush"])
            var members = try #require(made.body["webhook"]?.object)
            let id = try #require(members.removeValue(forKey: "webhook_id")?.string)
            for name in ["creation_timestamp", "last_updated_timestamp"] { #expect(members.removeValue(forKey: name) != nil) }
            #expect(
                JSONValue.object(members) == [
                    "name": "w3", "description": "d", "url": "u", "status": "ACTIVE",
                    "events": [["entity": "MODEL_VERSION", "action": "CREATED"], ["entity": "REGISTERED_MODEL", "action": "CREATED"]],
                ])
            let listed = try await server.get("webhooks").body["webhooks"]?.array
            #expect(listed?.compactMap { $0["webhook_id"]?.string } == [id])
            let changed = try await server.patch("webhooks/\(id)", ["status": "DISABLED", "description": "", "events": []])
            #expect(changed.body["webhook"]?["status"] == "DISABLED")
            #expect(changed.body["webhook"]?["description"] == nil)
            #expect(changed.body["webhook"]?["events"]?.array?.count == 2)
            let tested = try await server.post("webhooks/\(id)/test", [:]).body
            #expect(tested == ["result": ["success": true, "response_status": 200, "response_body": "ok"]])
            #expect(try await server.delete("webhooks/\(id)").body == [:])
            let gone = try await server.get("webhooks/\(id)")
            #expect((gone.status, gone.body["message"]) == (404, .string("Webhook with ID \(id) not found.")))
            #expect(!"\(made) \(changed)".contains("hush"))
        }
    }

    @Test(
        arguments: [
            (
                ["name": "w", "url": "u"],
                "Missing value for required parameter 'events'. See the API docs for more information about request parameters."
            ),
            (["name": "w", "url": "u", "events": []], "Webhook events must be a non-empty list of WebhookEvent objects: []."),
            (
                ["name": "?", "url": "u", "events": [["entity": "REGISTERED_MODEL", "action": "DELETED"]]],
                "Invalid action 'deleted' for entity 'registered_model'. Valid actions are: ['created']"
            ),
            (
                ["name": "w", "url": "u", "events": [["entity": "BOGUS", "action": "DELETED"]]],
                "Invalid webhook event: expected an entity and an action, such as MODEL_VERSION and CREATED."
            ),
        ] as [(JSONValue, String)])
    func `a webhook that cannot be is refused`(_ body: JSONValue, _ message: String) async throws {
        try await withServer(ScriptedSender(200)) { server in
            let answer = try await server.post("webhooks", body)
            #expect((answer.status, answer.body["message"]) == (400, .string(message)))
        }
    }
}
