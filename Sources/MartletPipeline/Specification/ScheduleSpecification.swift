/// A schedule as a project declares it: when it fires, and which steps it runs.
public struct ScheduleSpecification: Sendable, Equatable {
    /// The times, by which clocks, and what becomes of those that were missed.
    public var schedule: Schedule
    /// The steps that are run, with all that they need.
    public var run: [String]

    /// Makes a schedule.
    public init(_ schedule: Schedule, run: [String]) { (self.schedule, self.run) = (schedule, run) }
}

/// A trigger as a project declares it: what it fires for, and which steps it runs.
public struct TriggerSpecification: Sendable, Equatable {
    /// What a trigger fires for.
    public enum Event: Sendable, Equatable {
        /// Files of the project that match a pattern came or changed.
        case file(pattern: String)
        /// A dataset has another snapshot.
        case snapshot(dataset: String)
        /// Another project of this machine, named by its project file, has ended a run well.
        case upstream(project: String)
        /// A request came to `POST /v1/triggers/NAME`.
        case webhook(name: String)
        /// Data are not any more what a model was made from.
        case drift(DriftSpecification)
    }

    /// What it fires for.
    public var event: Event
    /// The steps that are run, with all that they need.
    public var run: [String]
    /// The variable with the secret that requests of a webhook are signed with.
    public var secret: String?

    /// Makes a trigger.
    public init(_ event: Event, run: [String], secret: String? = nil) { (self.event, self.run, self.secret) = (event, run, secret) }
}

extension TriggerSpecification.Event: CustomStringConvertible {
    /// As it is declared: `file incoming/*.csv`.
    public var description: String {
        switch self {
        case .file(let pattern): "file \(pattern)"
        case .snapshot(let dataset): "snapshot \(dataset)"
        case .upstream(let project): "upstream \(project)"
        case .webhook(let name): "webhook \(name)"
        case .drift(let drift): "\(drift)"
        }
    }
}
