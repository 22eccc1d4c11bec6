import MartletStore

/// The tables of webhooks. A migration that was released is never edited.
enum WebhookSchema {
    static let subject = "webhooks"

    static let migrations = [
        SQLMigration(1) { dialect in
            let types = TrackingSchema.Types(dialect)
            return [
                """
                CREATE TABLE webhooks (
                    number \(types.number), id \(types.text) NOT NULL UNIQUE, name \(types.text) NOT NULL, description \(types.text),
                    url \(types.text) NOT NULL, secret \(types.text), status \(types.text) NOT NULL, created_at \(types.integer) NOT NULL,
                    updated_at \(types.integer) NOT NULL, deleted_at \(types.integer)
                ) \(types.table)
                """,
                """
                CREATE TABLE webhook_events (
                    webhook \(types.integer) NOT NULL REFERENCES webhooks (number), entity \(types.text) NOT NULL,
                    action \(types.text) NOT NULL, PRIMARY KEY (webhook, entity, action)
                ) \(types.clustered)
                """,
                "CREATE INDEX webhook_events_by_event ON webhook_events (entity, action, webhook)",
            ]
        },
        // `secret` is what earlier versions kept as it is.
        SQLMigration(2) { dialect in ["ALTER TABLE webhooks ADD COLUMN sealed_secret \(TrackingSchema.Types(dialect).text)"] },
    ]
}
