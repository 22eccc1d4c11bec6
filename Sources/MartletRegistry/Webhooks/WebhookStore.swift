package import MartletCore
import MartletStore

/// Who tells whether a webhook may be sent to an address.
package protocol WebhookAddressCheck: Sendable {
    /// - Throws: `TrackingFault` where it may not.
    func check(_ url: String) async throws
}

/// The record of webhooks, in the database of a tracking store, with MLflow's rules and refusals. Secrets are only given to deliveries.
///
/// - Throws: `TrackingFault` for what MLflow refuses, and what the database throws.
package final class WebhookStore: Sendable {
    /// The most webhooks of a page, and of one event that are told of it.
    package static let pageCountMax = 1000
    /// The longest address and secret, in bytes; MLflow names none.
    package static let urlSizeMaxBytes = 2048
    package static let secretSizeMaxBytes = 4096

    private let tracking: TrackingStore
    private let addresses: any WebhookAddressCheck
    private let seal: WebhookSeal

    /// Brings the tables up to date.
    /// - Parameter key: with which secrets are kept; it must be the same whenever this database is opened.
    /// - Throws: `invalidInput` for a database of a newer martlet.
    package init(_ tracking: TrackingStore, addresses: any WebhookAddressCheck, key: SealingKey) async throws {
        self.tracking = tracking
        self.addresses = addresses
        seal = WebhookSeal(key: key)
        try await SQLMigration.migrate(WebhookSchema.subject, by: WebhookSchema.migrations, in: tracking.database)
        try await tracking.write { [seal] session in try session.sealSecrets(seal) }
    }

    /// Makes a webhook.
    package func create(_ draft: WebhookDraft) async throws -> Webhook {
        try WebhookRules.check(name: draft.name)
        try await check(url: draft.url)
        try WebhookRules.check(events: draft.events)
        try WebhookRules.check(secret: draft.secret?.text)
        let time = tracking.now
        let id = Self.uuid(tracking.makeID())
        let webhook = Webhook(
            id: id, name: draft.name, description: draft.description.flatMap { $0.isEmpty ? nil : $0 }, url: draft.url,
            events: draft.events.sortedByText, status: draft.status, createdAt: time, updatedAt: time,
            secret: seal.sealed(draft.secret, of: id))
        try await tracking.write { session in try session.insert(webhook) }
        return webhook
    }

    /// A webhook that was not deleted.
    package func webhook(_ id: String) async throws -> Webhook { try await tracking.read { try $0.webhook(id).webhook } }

    /// What signs a webhook's deliveries; `nil` where they are not signed. - Throws: `corrupt` where it was kept with another key.
    package func secret(of webhook: Webhook) throws -> WebhookSecret? { try seal.secret(of: webhook) }

    /// All webhooks whose deliveries are signed, the oldest first.
    package func signed() async throws -> [Webhook] {
        try await tracking.read { session in
            try session.webhooks("WHERE w.deleted_at IS NULL AND w.sealed_secret IS NOT NULL ORDER BY w.number").map(\.webhook)
        }
    }

    /// Webhooks, the latest first. - Parameter limit: from 1 to `pageCountMax`; `nil` for 100.
    package func webhooks(limit: Int? = nil, offset: Int = 0) async throws -> TrackingPage<Webhook> {
        let limit = limit.flatMap { $0 == 0 ? nil : $0 } ?? 100
        guard (1...Self.pageCountMax).contains(limit) else {
            throw TrackingFault(.invalidParameterValue, "max_results must be between 1 and \(Self.pageCountMax).")
        }
        return try await tracking.read { session in
            let rest = "WHERE w.deleted_at IS NULL ORDER BY w.created_at DESC, w.number DESC LIMIT ? OFFSET ?"
            return TrackingPage(
                try session.webhooks(rest, [.integer(Int64(limit) + 1), .integer(Int64(max(0, offset)))]).map(\.webhook), limit: limit)
        }
    }

    /// The active webhooks that are to be told of an event, the oldest first.
    package func subscribers(of event: WebhookEvent) async throws -> [Webhook] {
        try await tracking.read { session in
            try session.webhooks(
                """
                WHERE w.deleted_at IS NULL AND w.status = ?
                AND EXISTS (SELECT 1 FROM webhook_events AS e WHERE e.webhook = w.number AND e.entity = ? AND e.action = ?)
                ORDER BY w.number LIMIT ?
                """,
                [
                    .text(Webhook.Status.active.rawValue), .text(event.entity.rawValue), .text(event.action.rawValue),
                    .integer(Int64(Self.pageCountMax)),
                ]
            ).map(\.webhook)
        }
    }

    /// Changes a webhook; when it was changed is set even where nothing is.
    package func update(_ id: String, _ change: WebhookChange) async throws -> Webhook {
        if let name = change.name { try WebhookRules.check(name: name) }
        if let url = change.url {
            // What is not there is told before what its address is.
            _ = try await webhook(id)
            try await check(url: url)
        }
        if !change.events.isEmpty { try WebhookRules.check(events: change.events) }
        try WebhookRules.check(secret: change.secret)
        let time = tracking.now
        return try await tracking.write { [seal] session in
            let found = try session.webhook(id)
            var webhook = found.webhook
            webhook.apply(change, at: time, seal)
            try session.update(webhook, found.number, withEvents: !change.events.isEmpty)
            return webhook
        }
    }

    /// Deletes a webhook, and forgets its secret.
    package func delete(_ id: String) async throws {
        let time = SQLValue.integer(tracking.now)
        try await tracking.write { session in
            let count = try session.connection.execute(
                "UPDATE webhooks SET deleted_at = ?, updated_at = ?, sealed_secret = NULL WHERE id = ? AND deleted_at IS NULL",
                [time, time, .text(id)])
            guard count > 0 else { throw TrackingFault.noWebhook(id) }
        }
    }

    private func check(url: String) async throws {
        guard url.utf8.count <= Self.urlSizeMaxBytes else {
            throw TrackingFault(
                .invalidParameterValue, "Webhook URL is \(url.utf8.count) bytes long, expected at most \(Self.urlSizeMaxBytes).")
        }
        try await addresses.check(url)
    }

    /// 32 hexadecimal digits as a random UUID (RFC 9562, version 4).
    private static func uuid(_ digits: String) -> String {
        var digits = Array(digits.utf8)
        digits[12] = UInt8(ascii: "4")
        digits[16] = Array("89ab".utf8)[Int(digits[16]) % 4]
        let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(decoding: digits[$0], as: UTF8.self) }
        return parts.joined(separator: "-")
    }
}

extension Webhook {
    fileprivate mutating func apply(_ change: WebhookChange, at time: Int64, _ seal: WebhookSeal) {
        name = change.name ?? name
        url = change.url ?? url
        if !change.events.isEmpty { events = change.events.sortedByText }
        if let text = change.description { description = text.isEmpty ? nil : text }
        if let text = change.secret { secret = seal.sealed(WebhookSecret(text), of: id) }
        status = change.status ?? status
        updatedAt = time
    }
}

extension [WebhookEvent] {
    fileprivate var sortedByText: [WebhookEvent] {
        sorted { ($0.entity.rawValue, $0.action.rawValue) < ($1.entity.rawValue, $1.action.rawValue) }
    }
}

/// What MLflow asks of webhooks.
enum WebhookRules {
    static let nameLengthMax = 63

    static func check(name: String) throws(TrackingFault) {
        let isEnd = { (byte: UInt8) in KeyRule.isWordCharacter(Unicode.Scalar(byte)) && byte < 0x80 && byte != UInt8(ascii: "_") }
        let bytes = Array(name.utf8)
        let isGood = bytes.allSatisfy { isEnd($0) || "._-".utf8.contains($0) }
        guard isGood, bytes.count <= nameLengthMax, let first = bytes.first, isEnd(first), isEnd(bytes[bytes.count - 1]) else {
            throw TrackingFault(
                .invalidParameterValue,
                "Webhook name \(PythonText.quoted(name)) is invalid. It must start and end with a letter or digit, be less than 63 "
                    + "characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).")
        }
    }

    static func check(events: [WebhookEvent]) throws(TrackingFault) {
        guard !events.isEmpty else {
            throw TrackingFault(.invalidParameterValue, "Webhook events must be a non-empty list of WebhookEvent objects: [].")
        }
        guard Set(events).count == events.count else {
            throw TrackingFault.repeatedRow("webhook_events", ["webhook_id", "entity", "action"])
        }
    }

    static func check(secret: String?) throws(TrackingFault) {
        guard let secret, secret.utf8.count > WebhookStore.secretSizeMaxBytes else { return }
        throw TrackingFault(
            .invalidParameterValue,
            "Webhook secret is \(secret.utf8.count) bytes long, expected at most \(WebhookStore.secretSizeMaxBytes).")
    }
}

extension TrackingFault {
    static func noWebhook(_ id: String) -> TrackingFault {
        TrackingFault(.resourceDoesNotExist, "Webhook with ID \(id) not found.")
    }
}
