package import MartletCore

/// Decides what fires: all schedules and triggers of a project, without a clock or a disk.
package struct ScheduleBook: Sendable, Equatable {
    /// The schedules, by name.
    package let schedules: [String: Schedule]
    /// As what the triggers are declared, by name.
    package let triggers: [String: String]

    package init(schedules: [String: Schedule], triggers: [String: String]) {
        (self.schedules, self.triggers) = (schedules, triggers)
    }

    /// What is to be run next.
    package struct Due: Sendable, Equatable {
        package let name: ScheduleName
        package let firing: Firing
        /// Whether its runs were cut off so often that it is given up.
        package var isGivenUp: Bool { firing.attemptCount >= ScheduleState.attemptCountMax }
    }

    /// Takes the present declarations, and fires for the times that have come.
    package func advance(_ states: inout [ScheduleName: ScheduleState], now: Timestamp) {
        for (name, schedule) in schedules {
            let declaration = "\(schedule.cron) \(schedule.zone)"
            var state = states[.schedule(name)] ?? ScheduleState(declaration, since: now)
            state.declare(declaration, now: now)
            state.fireDue(schedule, now: now)
            states[.schedule(name)] = state
        }
        for (name, declaration) in triggers {
            var state = states[.trigger(name)] ?? ScheduleState(declaration, since: now)
            state.declare(declaration, now: now)
            states[.trigger(name)] = state
        }
    }

    /// The firing to run next: the one of the earliest nominal time. What is declared no more is left alone.
    package func due(_ states: [ScheduleName: ScheduleState]) -> Due? {
        let all = states.filter { declares($0.key) }.flatMap { name, state in state.pending.map { Due(name: name, firing: $0) } }
        // Of one trigger the first of equal times is the one that came first.
        return all.min { ($0.firing.nominalTime, $0.name) < ($1.firing.nominalTime, $1.name) }
    }

    private func declares(_ name: ScheduleName) -> Bool {
        switch name {
        case .schedule(let name): schedules[name] != nil
        case .trigger(let name): triggers[name] != nil
        }
    }

    /// When a schedule fires next; `nil` where none ever does.
    package func wake(after now: Timestamp) -> Timestamp? { schedules.values.compactMap { $0.occurrence(after: now) }.min() }
}
