package import MartletCore
package import MartletStore

/// The record of who may do what: users, their tokens, what is granted to them, and what happened.
///
/// Its aspects are `AccessStore+Users`, `+Tokens`, `+Grants`, `+Events` and `+SignIn`. Every change is an event of its own, in the
/// same transaction.
package final class AccessStore: Sendable {
    /// The most users, tokens of one user, and grants of one user.
    package static let userCountMax = 10_000
    package static let tokenCountMax = 100
    package static let grantCountMax = 10_000

    let database: any SQLDatabase
    let clock: @Sendable () -> Timestamp
    let passwordCost: PasswordHash.Cost
    let isRequired: Bool
    let noteCountMax: Int
    let signIns = SignIns()
    let recentNotes = RecentNotes()
    let noteFaults: NoteFaults

    /// Brings the schema up to date. The database stays its owner's to close.
    /// - Parameters:
    ///   - isRequired: whether nobody is let in while there are no users, rather than everybody.
    ///   - passwordCost: of new passwords.
    ///   - noteCountMax: the most of each `AccessNote` that are kept.
    ///   - clock: what time it is.
    ///   - report: is told why notes cannot be written; see `AccessNote`.
    /// - Throws: `invalidInput` for a database of a newer martlet.
    package init(
        _ database: any SQLDatabase, isRequired: Bool = false, passwordCost: PasswordHash.Cost = .standard,
        noteCountMax: Int = AccessNote.countMax, clock: @escaping @Sendable () -> Timestamp = { .now },
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws {
        self.database = database
        self.isRequired = isRequired
        self.noteCountMax = max(1, noteCountMax)
        self.clock = clock
        self.passwordCost = passwordCost
        noteFaults = NoteFaults(report)
        try await SQLMigration.migrate(AccessSchema.subject, by: AccessSchema.migrations, in: database)
    }

    /// Writes a change and its event.
    func change<Value: Sendable>(
        _ action: String, _ subject: String, by actor: Actor, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let event = AccessEvent(at: clock(), user: actor.name, address: actor.address, action: action, subject: subject)
        let value = try await database.write { connection in
            let value = try body(connection)
            try event.insert(into: connection)
            return value
        }
        signIns.forget()
        return value
    }

    /// Who makes a change, and from where.
    package struct Actor: Sendable, Equatable {
        package let name: String
        package let address: String

        /// Names somebody. - Parameter address: empty for the command line.
        package init(_ name: String, address: String = "") {
            self.name = name
            self.address = address
        }
    }
}

extension SQLValue {
    static func time(_ time: Timestamp) -> SQLValue { .integer(time.microseconds / 1_000) }
}

extension Timestamp {
    init(milliseconds: Int64) { self.init(microseconds: milliseconds * 1_000) }
}
