package import MartletCore

extension ExportSchedule {
    /// A schedule of a project's.
    /// - Parameter since: from when on all missed times are made up for, where it says so.
    package init(_ name: String, _ schedule: Schedule, since: Timestamp, steps: [String]) {
        let missed: Missed =
            switch schedule.missed {
            case .latest: .latest
            case .all: .all(since: since)
            case .skip: .skip
            }
        self.init(name: name, cron: schedule.cron.description, zone: schedule.zone, missed: missed, steps: steps)
    }
}
