import MartletStore

/// The tables of who may do what. Times are milliseconds since 1970 UTC; events are only ever added, but for
/// each `AccessNote`, of which the oldest go.
enum AccessSchema {
    static let subject = "access"

    static let migrations = [
        SQLMigration(1) { dialect in
            let types = TrackingSchema.Types(dialect)
            return [
                """
                CREATE TABLE access_users (
                    number \(types.number), name \(types.text) NOT NULL UNIQUE, password \(types.text),
                    is_administrator \(types.integer) NOT NULL, role \(types.integer) NOT NULL, created_at \(types.integer) NOT NULL
                ) \(types.table)
                """,
                """
                CREATE TABLE access_tokens (
                    number \(types.number), owner \(types.integer) NOT NULL REFERENCES access_users (number),
                    digest \(types.text) NOT NULL UNIQUE, label \(types.text) NOT NULL, created_at \(types.integer) NOT NULL,
                    expires_at \(types.integer)
                ) \(types.table)
                """,
                """
                CREATE TABLE access_grants (
                    owner \(types.integer) NOT NULL REFERENCES access_users (number), kind \(types.integer) NOT NULL,
                    subject \(types.text) NOT NULL, role \(types.integer) NOT NULL, PRIMARY KEY (owner, kind, subject)
                ) \(types.clustered)
                """,
                "CREATE INDEX access_grants_by_subject ON access_grants (kind, subject)",
                """
                CREATE TABLE access_events (
                    number \(types.number), at \(types.integer) NOT NULL, name \(types.text) NOT NULL, address \(types.text) NOT NULL,
                    action \(types.text) NOT NULL, subject \(types.text) NOT NULL
                ) \(types.table)
                """,
            ]
        },
        // Refused sign-ins are trimmed, the oldest first.
        SQLMigration(2) { _ in ["CREATE INDEX access_events_by_action ON access_events (action, number)"] },
    ]
}
