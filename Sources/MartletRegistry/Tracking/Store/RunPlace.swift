import MartletStore

/// A run within the tables.
struct RunPlace {
    let number: Int64
    let id: String
    let experiment: Int64
    let stage: LifecycleStage
}

extension TrackingSession {
    func runPlace(_ id: String) throws -> RunPlace {
        let place = try connection.first("SELECT number, experiment, stage FROM tracked_runs WHERE id = ?", [.text(id)]) { row in
            RunPlace(number: row.integer(0), id: id, experiment: row.integer(1), stage: row.stage(2))
        }
        guard let place else { throw TrackingFault.noRun(id) }
        return place
    }

    func activeRunPlace(_ id: String) throws -> RunPlace {
        let place = try runPlace(id)
        guard place.stage == .active else {
            throw TrackingFault(.invalidParameterValue, "The run \(id) must be in the 'active' state. Current state is deleted.")
        }
        return place
    }
}

/// A run as it is read: its number in the tables, and what it is.
struct NumberedRun {
    static let columns = "r.number, r.id, r.experiment, r.name, r.user_name, r.status, r.started_at, r.ended_at, r.artifact_uri, r.stage"

    let number: Int64
    let info: TrackedRun.Info

    /// Reads `columns`.
    init(row: any SQLRow) {
        number = row.integer(0)
        info = TrackedRun.Info(
            id: row.text(1), experiment: row.integer(2), name: row.text(3), user: row.text(4),
            // No other number is ever written.
            status: TrackedRun.Status(rawValue: Int(truncatingIfNeeded: row.integer(5))) ?? .failed, startedAt: row.integer(6),
            endedAt: row.optionalInteger(7), artifactURI: row.text(8), stage: row.stage(9))
    }
}
