import MartletStore

/// Webhooks within a read or write.
extension TrackingSession {
    typealias NumberedWebhook = (number: Int64, webhook: Webhook)

    func webhook(_ id: String) throws -> NumberedWebhook {
        guard let found = try webhooks("WHERE w.id = ? AND w.deleted_at IS NULL", [.text(id)]).first else {
            throw TrackingFault.noWebhook(id)
        }
        return found
    }

    /// Webhooks with their events. - Parameter rest: what stands behind the table, from a small set of texts.
    func webhooks(_ rest: String, _ values: [SQLValue] = []) throws -> [NumberedWebhook] {
        let columns = "w.number, w.id, w.name, w.description, w.url, w.sealed_secret, w.status, w.created_at, w.updated_at"
        var webhooks = try connection.all("SELECT \(columns) FROM webhooks AS w \(rest)", values) { row -> NumberedWebhook in
            let webhook = Webhook(
                id: row.text(1), name: row.text(2), description: row.optionalText(3), url: row.text(4), events: [],
                status: Webhook.Status(rawValue: row.text(6)) ?? .disabled, createdAt: row.integer(7), updatedAt: row.integer(8),
                secret: row.optionalText(5).map(SealedSecret.init(text:)))
            return (row.integer(0), webhook)
        }
        let places = Dictionary(webhooks.enumerated().map { ($1.number, $0) }, uniquingKeysWith: { first, _ in first })
        for list in NumberList.lists(of: webhooks.map(\.number)) {
            let sql = """
                SELECT webhook, entity, action FROM webhook_events WHERE webhook IN (\(list.placeholders)) ORDER BY webhook, entity, action
                """
            try connection.query(sql, list.values) { row in
                guard let place = places[row.integer(0)], let event = WebhookEvent(stored: row.text(1), row.text(2)) else { return }
                webhooks[place].webhook.events.append(event)
            }
        }
        return webhooks
    }

    func insert(_ webhook: Webhook) throws {
        let number = try connection.first(
            """
            INSERT INTO webhooks (id, name, description, url, sealed_secret, status, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING number
            """,
            [
                .text(webhook.id), .text(webhook.name), .optional(webhook.description), .text(webhook.url),
                .optional(webhook.secret?.text), .text(webhook.status.rawValue), .integer(webhook.createdAt),
                .integer(webhook.updatedAt),
            ]
        ) { $0.integer(0) }
        guard let number else { throw TrackingFault(.internalError, "the database gave webhook '\(webhook.id)' no number; try again") }
        try insert(webhook.events, number)
    }

    func update(_ webhook: Webhook, _ number: Int64, withEvents: Bool) throws {
        try connection.execute(
            "UPDATE webhooks SET name = ?, description = ?, url = ?, sealed_secret = ?, status = ?, updated_at = ? WHERE number = ?",
            [
                .text(webhook.name), .optional(webhook.description), .text(webhook.url),
                .optional(webhook.secret?.text), .text(webhook.status.rawValue), .integer(webhook.updatedAt), .integer(number),
            ])
        guard withEvents else { return }
        try connection.execute("DELETE FROM webhook_events WHERE webhook = ?", [.integer(number)])
        try insert(webhook.events, number)
    }

    /// Seals what earlier versions kept as it is.
    func sealSecrets(_ seal: WebhookSeal) throws {
        let clear = try connection.all("SELECT number, id, secret FROM webhooks WHERE secret IS NOT NULL") { row in
            (number: row.integer(0), id: row.text(1), secret: WebhookSecret(row.text(2)))
        }
        for webhook in clear {
            try connection.execute(
                "UPDATE webhooks SET sealed_secret = ?, secret = NULL WHERE number = ?",
                [.optional(seal.sealed(webhook.secret, of: webhook.id)?.text), .integer(webhook.number)])
        }
    }

    private func insert(_ events: [WebhookEvent], _ webhook: Int64) throws {
        for event in events {
            try connection.execute(
                "INSERT INTO webhook_events (webhook, entity, action) VALUES (?, ?, ?)",
                [.integer(webhook), .text(event.entity.rawValue), .text(event.action.rawValue)])
        }
    }
}
