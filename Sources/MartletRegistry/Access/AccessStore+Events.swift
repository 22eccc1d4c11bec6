import MartletCore
import MartletStore

extension AccessStore {
    /// Keeps that somebody was not let in, once a minute from one address where it cost them nothing.
    func noteRefusal(_ user: String, _ address: String, of means: String = "password", isFree: Bool = false) async {
        await note(
            .refusal, means, by: Actor(user, address: address), unlessRecent: isFree ? "\(means) \(AddressGroup(address).name)" : nil)
    }

    /// Keeps what somebody was refused; the same once a minute.
    package func noteDenial(_ need: Role, _ subject: String, by actor: Actor) async {
        let text = "\(need) on \(subject)"
        await note(.denial, text, by: actor, unlessRecent: "\(actor.address) \(actor.name) \(text)")
    }

    /// Keeps what somebody did.
    package func note(_ kind: AccessNote, _ subject: String, by actor: Actor) async {
        await note(kind, subject, by: actor, unlessRecent: nil)
    }

    /// What cannot be written down is told of, and changes nothing of what was done or refused: a full disk neither keeps readers out nor
    /// makes a deletion undone.
    /// - Parameter recent: what is kept once a minute; `nil` for what is kept each time.
    private func note(_ kind: AccessNote, _ subject: String, by actor: Actor, unlessRecent recent: String?) async {
        if let recent, !recentNotes.admit("\(kind.rawValue) \(recent)") { return }
        let event = AccessEvent(at: clock(), user: actor.name, address: actor.address, action: kind.rawValue, subject: subject)
        do {
            try await database.write { [noteCountMax] in try event.insert(into: $0, keeping: noteCountMax) }
            noteFaults.end()
        } catch {
            noteFaults.note(error)
        }
    }

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

    /// The same for a note. - Parameter countMax: the most of its action that are kept.
    func insert(into connection: any SQLConnection, keeping countMax: Int) throws {
        try insert(into: connection)
        try connection.execute(
            """
            DELETE FROM access_events WHERE action = ? AND number <= (
                SELECT number FROM access_events WHERE action = ? ORDER BY number DESC LIMIT 1 OFFSET ?)
            """, [.text(action), .text(action), .integer(Int64(countMax))])
    }
}
