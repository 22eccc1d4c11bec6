import MartletCore
import MartletRegistry
package import MartletStore

/// Moves endpoints from release to release: one pointer, one transaction, and a history that only grows.
package struct Deployment: Sendable {
    private let platform: Platform

    package init(_ platform: Platform) { self.platform = platform }

    /// Lets a release answer. `text` is a digest or its beginning, a version, or `latest`.
    /// - Throws: `notFound`, `corrupt` where one of the release's parts is damaged: it is loaded before the pointer moves.
    package func deploy(_ endpoint: String, _ text: String, by mover: String, reason: String) throws -> RouteMove {
        _ = try platform.endpoint(endpoint)
        let record = try ReleaseFinder(records: platform.records).find(text, endpoint: endpoint)
        return try move(endpoint, to: record, action: .deploy, by: mover, reason: reason)
    }

    /// Lets the release before the present one answer again.
    /// - Throws: `notFound` where there is none.
    package func rollback(_ endpoint: String, by mover: String, reason: String) throws -> RouteMove {
        _ = try platform.endpoint(endpoint)
        guard let current = try platform.records.current(endpoint: endpoint) else {
            throw MartletError(.notFound, "endpoint '\(endpoint)' was never deployed, so there is nothing to go back to")
        }
        guard let target = try platform.records.predecessor(of: current), let record = try platform.records.release(target) else {
            throw MartletError(
                .notFound,
                "endpoint '\(endpoint)' has answered from one release only; deploy another with 'martlet deploy \(endpoint) RELEASE'")
        }
        return try move(endpoint, to: record, action: .rollback, by: mover, reason: reason)
    }

    /// Lets the newest release answer where none does yet. - Returns: `nil` where one does.
    @discardableResult
    package func deployFirst(_ endpoint: String, by mover: String) throws -> RouteMove? {
        guard try platform.records.current(endpoint: endpoint) == nil else { return nil }
        return try deploy(endpoint, "latest", by: mover, reason: "the first release")
    }

    private func move(
        _ endpoint: String, to record: ReleaseRecord, action: RouteMove.Action, by mover: String, reason: String
    ) throws -> RouteMove {
        _ = try LoadedRelease(platform, record)
        let previous = try platform.records.current(endpoint: endpoint)
        return try platform.records.move(
            endpoint: endpoint, to: record.digest, action: action, by: mover, reason: reason, at: .now,
            expecting: previous.map { .release($0.release) } ?? .nothing
        )
    }
}
