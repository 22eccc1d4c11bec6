import Foundation
import MartletCore
import MartletStore

/// MLflow's registry of models, with its rules and refusals, in the tables beside those of tracking.
///
/// Its aspects are `ModelRegistry+Models`, `+Names`, `+Versions`, `+Aliases`, `+Tags`, `+Search` and `+History`. What is done to models,
/// versions, aliases and stages is written down in a history in the same transaction; see `ModelEvent`.
/// - Throws: `TrackingFault` for what MLflow refuses, and what the database throws.
package final class ModelRegistry: Sendable {
    let tracking: TrackingStore
    let loggedModels: (any LoggedModelLookup)?
    /// What sources of versions must match somewhere; `nil` where all may be used.
    let sourcePattern: NSRegularExpression?
    let knownNames = KnownModelNames()

    /// Brings the schema up to date.
    /// - Parameter loggedModels: who knows logged models; where it is `nil`, none are known.
    /// - Parameter sourcePattern: a regular expression that sources of versions must match somewhere.
    /// - Throws: `invalidInput` for a database of a newer martlet, and for a pattern that is none.
    package init(
        _ tracking: TrackingStore, loggedModels: (any LoggedModelLookup)? = nil, sourcePattern: String? = nil
    ) async throws {
        self.tracking = tracking
        self.loggedModels = loggedModels
        do {
            self.sourcePattern = try sourcePattern.map { try NSRegularExpression(pattern: $0) }
        } catch {
            throw MartletError(
                .invalidInput, "the pattern of model sources '\(sourcePattern ?? "")' is no regular expression; correct or remove it")
        }
        try await SQLMigration.migrate(ModelSchema.subject, by: ModelSchema.migrations, in: tracking.database)
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (TrackingSession) throws -> Value) async throws -> Value {
        try await tracking.read(body)
    }

    /// A write whose changes are written down as made by someone, now.
    func write<Value: Sendable>(
        _ note: ChangeNote, _ body: @escaping @Sendable (TrackingSession, ChangeStamp) throws -> Value
    ) async throws -> Value {
        try note.check()
        let now = tracking.now
        return try await tracking.write { session in try body(session, try session.stamp(note, now: now)) }
    }
}
