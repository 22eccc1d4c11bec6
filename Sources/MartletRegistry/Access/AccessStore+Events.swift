import MartletCore
import MartletStore

extension AccessStore {
    /// Keeps what happened, where nothing else was written with it.
    package func note(_ event: AccessEvent) async throws { try await database.write { try event.insert(into: $0) } }

    /// What happened, the newest first.
    /// - Parameter limit: at most as many.
    package func events(limit: Int) async throws -> [AccessEvent] {
        try await database.read { connection in
            try connection.all(
                "SELECT at, name, address, action, subject FROM access_events ORDER BY number DESC LIMIT ?", [.integer(Int64(limit))]
            ) { row in
                AccessEvent(
                    at: Timestamp(milliseconds: row.integer(0)), user: row.text(1), address: row.text(2), action: row.text(3),
                    subject: row.text(4))
            }
        }
    }
}

extension AccessEvent {
    /// No text of an event is longer, in code points: some of them come from those who are not let in.
    private static let lengthMax = 500

    func insert(into connection: any SQLConnection) throws {
        let texts = [user, address, action, subject].map { text in
            SQLValue.text(String(String.UnicodeScalarView(text.unicodeScalars.lazy.filter { $0.value != 0 }.prefix(Self.lengthMax))))
        }
        try connection.execute(
            "INSERT INTO access_events (at, name, address, action, subject) VALUES (?, ?, ?, ?, ?)", [.time(at)] + texts)
    }
}
