import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletRegistry

struct WebhookStoreTests {
    /// Refuses one address.
    private struct OneRefused: WebhookAddressCheck {
        func check(_ url: String) async throws { if url == "bad" { throw TrackingFault.invalid("bad address") } }
    }

    private static let created = WebhookEvent(known: .registeredModel, .created)
    private static let aliased = WebhookEvent(known: .modelVersionAlias, .created)

    private func withWebhooks(
        _ kind: DatabaseKind, clock: HandClock = HandClock(), isolation: isolated (any Actor)? = #isolation,
        _ body: (WebhookStore) async throws -> Void
    ) async throws {
        try await kind.withStore(clock: clock) { try await body(try await WebhookStore($0, addresses: OneRefused(), key: .testing)) }
    }

    @Test(arguments: DatabaseKind.all)
    func `a webhook is made, and has its events in order`(_ kind: DatabaseKind) async throws {
        try await withWebhooks(kind) { webhooks in
            let secret = WebhookSecret("s")
            let made = try await webhooks.create(
                WebhookDraft(name: "w", url: "u", events: [Self.created, Self.aliased], description: "", secret: secret))
            #expect((made.description, made.status, made.createdAt, made.updatedAt) == (nil, .active, 1000, 1000))
            #expect(made.events == [Self.aliased, Self.created])
            #expect(made.id.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
            let found = try await webhooks.webhook(made.id)
            #expect(found == made)
            #expect(try webhooks.secret(of: found)?.text == "s")
        }
    }

    @Test func `no text shows a secret`() throws {
        let secret = try #require(WebhookSecret("hush"))
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!"\(secret) \(String(reflecting: secret)) \([secret]) \(dumped)".contains("hush"))
        #expect(WebhookSecret("") == nil)
    }

    @Test(arguments: DatabaseKind.all)
    func `secrets are not in the database, nor those that earlier versions left there`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let webhooks = try await WebhookStore(store, addresses: OneRefused(), key: .testing)
            let draft = { WebhookDraft(name: $0, url: "u", events: [Self.created], secret: WebhookSecret("hush")) }
            let (one, other) = (try await webhooks.create(draft("one")), try await webhooks.create(draft("other")))
            try await store.database.write {
                try $0.execute("UPDATE webhooks SET secret = 'old hush', sealed_secret = NULL WHERE id = ?", [.text(other.id)])
            }
            let again = try await WebhookStore(store, addresses: OneRefused(), key: .testing)
            let found = [try await again.webhook(one.id), try await again.webhook(other.id)]
            let secrets = try found.map { try again.secret(of: $0)?.text }
            #expect(secrets == ["hush", "old hush"])
            let texts = try await store.database.read {
                try $0.all("SELECT COALESCE(secret, '') || COALESCE(sealed_secret, '') FROM webhooks") { $0.text(0) }
            }
            #expect(texts.count == 2)
            #expect(texts.allSatisfy { !$0.contains("hush") && !$0.isEmpty })
        }
    }

    @Test func `a secret that was kept with another key is in nobody's way, and can be replaced`() async throws {
        try await DatabaseKind.all[0].withStore { store in
            let draft = { WebhookDraft(name: $0, url: "u", events: [Self.created], secret: $1) }
            let first = try await WebhookStore(store, addresses: OneRefused(), key: .testing)
            let lost = try await first.create(draft("lost", WebhookSecret("hush")))
            let plain = try await first.create(draft("plain", nil))
            let key = try #require(SealingKey(Array(repeating: 8, count: SealingKey.sizeBytes)))
            let stranger = try await WebhookStore(store, addresses: OneRefused(), key: key)
            #expect(try await stranger.webhook(lost.id) == lost)
            #expect(try await stranger.webhooks().elements.map(\.id) == [plain.id, lost.id])
            #expect(try await stranger.subscribers(of: Self.created).map(\.id) == [lost.id, plain.id])
            #expect(try await stranger.signed().map(\.id) == [lost.id])
            let error = #expect(throws: MartletError.self) { try stranger.secret(of: lost) }
            #expect(error?.code == .corrupt)
            #expect(error?.message.contains("'lost' (\(lost.id))") == true)
            // A change of something else leaves the secret to the key that opens it.
            var change = WebhookChange()
            change.description = "d"
            let described = try await stranger.update(lost.id, change)
            #expect(try first.secret(of: described)?.text == "hush")
            change.secret = "new"
            let renewed = try await stranger.update(lost.id, change)
            #expect(try stranger.secret(of: renewed)?.text == "new")
            try await stranger.delete(lost.id)
            #expect(try await stranger.webhooks().elements.map(\.id) == [plain.id])
        }
    }

    @Test func `MLflow's variable is a key in Base64 for URLs`() throws {
        let key = try SealingKey(ofVariable: "-_" + String(repeating: "A", count: 41) + "=")
        #expect(key.open(key.seal([1], of: "n"), of: "n") == [1])
        for text in ["", "short", String(repeating: "A", count: 88)] {
            #expect(throws: MartletError.self) { try SealingKey(ofVariable: text) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `only what is given is changed`(_ kind: DatabaseKind) async throws {
        let clock = HandClock()
        try await withWebhooks(kind, clock: clock) { webhooks in
            var expected = try await webhooks.create(
                WebhookDraft(name: "w", url: "u", events: [Self.created], description: "d", secret: WebhookSecret("s")))
            clock.set(2000)
            expected.updatedAt = 2000
            #expect(try await webhooks.update(expected.id, WebhookChange()) == expected)
            var change = WebhookChange()
            (change.name, change.url, change.events, change.description) = ("v", "x", [Self.aliased], "")
            (change.secret, change.status) = ("", .disabled)
            let changed = try await webhooks.update(expected.id, change)
            (expected.name, expected.url, expected.events, expected.description) = ("v", "x", [Self.aliased], nil)
            (expected.secret, expected.status) = (nil, .disabled)
            #expect(changed == expected)
            #expect(try await webhooks.webhook(expected.id) == expected)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `active webhooks are told of their events`(_ kind: DatabaseKind) async throws {
        try await withWebhooks(kind) { webhooks in
            let told = try await webhooks.create(WebhookDraft(name: "a", url: "u", events: [Self.created, Self.aliased])).id
            _ = try await webhooks.create(WebhookDraft(name: "b", url: "u", events: [Self.created], status: .disabled))
            let deleted = try await webhooks.create(WebhookDraft(name: "c", url: "u", events: [Self.created])).id
            try await webhooks.delete(deleted)
            #expect(try await webhooks.subscribers(of: Self.created).map(\.id) == [told])
            #expect(try await webhooks.subscribers(of: WebhookEvent(.prompt, .created)) == [])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `webhooks are listed in pages, the latest first`(_ kind: DatabaseKind) async throws {
        try await withWebhooks(kind) { webhooks in
            for name in ["a", "b", "c"] { _ = try await webhooks.create(WebhookDraft(name: name, url: "u", events: [Self.created])) }
            let first = try await webhooks.webhooks(limit: 2)
            let second = try await webhooks.webhooks(limit: 2, offset: 2)
            #expect((first.elements.map(\.name), first.hasMore) == (["c", "b"], true))
            #expect((second.elements.map(\.name), second.hasMore) == (["a"], false))
            #expect(try await webhooks.webhooks(limit: 0).elements.count == 3)
            for limit in [-1, 1001] {
                await #expect(throws: TrackingFault.invalid("max_results must be between 1 and 1000.")) {
                    try await webhooks.webhooks(limit: limit)
                }
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a deleted webhook is gone`(_ kind: DatabaseKind) async throws {
        try await withWebhooks(kind) { webhooks in
            let id = try await webhooks.create(WebhookDraft(name: "a", url: "u", events: [Self.created])).id
            try await webhooks.delete(id)
            let refusal = TrackingFault.missing("Webhook with ID \(id) not found.")
            await #expect(throws: refusal) { try await webhooks.webhook(id) }
            await #expect(throws: refusal) { try await webhooks.update(id, WebhookChange()) }
            await #expect(throws: refusal) { try await webhooks.delete(id) }
        }
    }

    @Test(arguments: ["", "w 3", "-w", "w-", "_w", "é", "a/b", String(repeating: "a", count: 64)])
    func `a name is of letters and digits, with few characters within`(_ name: String) async throws {
        try await withWebhooks(DatabaseKind.all[0]) { webhooks in
            let refusal = TrackingFault.invalid(
                "Webhook name \(PythonText.quoted(name)) is invalid. It must start and end with a letter or digit, be less than 63 "
                    + "characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).")
            await #expect(throws: refusal) { try await webhooks.create(WebhookDraft(name: name, url: "u", events: [Self.created])) }
        }
    }

    @Test func `names are refused before addresses, addresses before events`() async throws {
        try await withWebhooks(DatabaseKind.all[0]) { webhooks in
            let draft = { (name: String, url: String, events: [WebhookEvent]) in WebhookDraft(name: name, url: url, events: events) }
            await #expect(throws: TrackingFault.invalid("bad address")) { try await webhooks.create(draft("w", "bad", [])) }
            await #expect(throws: TrackingFault.invalid("Webhook events must be a non-empty list of WebhookEvent objects: [].")) {
                try await webhooks.create(draft("w", "u", []))
            }
            await #expect(throws: TrackingFault.self) { try await webhooks.create(draft("w", "u", [Self.created, Self.created])) }
            await #expect(throws: TrackingFault.self) { try await webhooks.create(draft("w", String(repeating: "u", count: 2049), [])) }
            let kept = try await webhooks.webhooks()
            #expect(kept.elements.isEmpty)
        }
    }

    @Test func `what cannot happen is refused in MLflow's words`() {
        #expect(throws: TrackingFault.invalid("Invalid action 'deleted' for entity 'registered_model'. Valid actions are: ['created']")) {
            try WebhookEvent(.registeredModel, .deleted)
        }
    }

    @Test func `a message is written as MLflow writes it`() {
        let message = WebhookMessage.registeredModelCreated(name: "m", tags: [KeyedText("a", "b")], description: nil)
        let body = message.body(at: Timestamp(microseconds: 1_795_328_764_544_938))
        #expect(
            String(decoding: body, as: UTF8.self)
                == #"{"entity": "registered_model", "action": "created", "timestamp": "2026-11-22T06:26:04.544938+00:00", "#
                + #""data": {"name": "m", "tags": {"a": "b"}, "description": ""}}"#)
    }

    @Test func `there is an example of all that can happen`() {
        for entity in WebhookEvent.Entity.allCases {
            for action in entity.actions {
                let event = WebhookEvent(known: entity, action)
                #expect(WebhookMessage.example(of: event).event == event)
            }
        }
    }
}
