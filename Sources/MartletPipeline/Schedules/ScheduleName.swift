/// What fires: a schedule or a trigger, by its name. The two may have the same one.
package enum ScheduleName: Sendable, Hashable, Comparable, CustomStringConvertible {
    case schedule(String)
    case trigger(String)

    /// As it is stored and read: `schedule nightly`.
    package var description: String { "\(isSchedule ? "schedule" : "trigger") \(name)" }

    /// Reads what was stored; `nil` for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
        switch parts.first {
        case "schedule" where parts.count == 2: self = .schedule(parts[1])
        case "trigger" where parts.count == 2: self = .trigger(parts[1])
        default: return nil
        }
    }

    /// The name alone.
    package var name: String {
        switch self {
        case .schedule(let name), .trigger(let name): name
        }
    }

    private var isSchedule: Bool { if case .schedule = self { true } else { false } }

    /// What a run is begun for.
    package func cause(_ firing: Firing) -> RunCause {
        // As what a schedule fires is its declaration, which says nothing of this run.
        guard !isSchedule else { return RunCause(.schedule, name: name, nominalTime: firing.nominalTime) }
        return RunCause(.trigger, name: name, nominalTime: firing.nominalTime, reason: firing.reason, payload: firing.payload)
    }
}
