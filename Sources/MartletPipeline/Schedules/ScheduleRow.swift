package import MartletCore

/// What there is to say of a schedule or a trigger.
package struct ScheduleRow: Sendable, Equatable {
    /// How many of the next times are told.
    package static let nextCount = 3

    package let name: ScheduleName
    /// As what it is declared.
    package let declaration: String
    /// The next times of a schedule.
    package let next: [Timestamp]
    package let lastFired: Timestamp?
    package let last: ScheduleState.Ended?
    /// What waits for its run or runs, also what would fire at once if somebody were there to fire it.
    package let waiting: [Firing]
    /// How many times were passed over, by the policy of missed times.
    package let passedOverCount: Int
    package let lastPassedOver: Timestamp?
    /// What a trigger by drift judged last.
    package let judged: DriftJudgement?

    /// A row for each schedule and trigger that is declared, by name.
    package static func rows(of book: ScheduleBook, _ states: [ScheduleName: ScheduleState], now: Timestamp) -> [ScheduleRow] {
        var states = states
        book.advance(&states, now: now)
        let names = book.schedules.keys.map(ScheduleName.schedule) + book.triggers.keys.map(ScheduleName.trigger)
        return names.sorted().compactMap { name in
            states[name].map { ScheduleRow(name, $0, next: book.schedules[schedule: name], now: now) }
        }
    }

    private init(_ name: ScheduleName, _ state: ScheduleState, next schedule: Schedule?, now: Timestamp) {
        self.name = name
        declaration = state.declaration
        next = schedule?.occurrences(after: now, through: Timestamp(microseconds: .max), limit: Self.nextCount) ?? []
        (lastFired, last, waiting) = (state.lastFired, state.last, state.pending)
        (passedOverCount, lastPassedOver) = (state.passedOverCount, state.lastPassedOver)
        judged = state.judged
    }
}

extension [String: Schedule] {
    fileprivate subscript(schedule name: ScheduleName) -> Schedule? {
        if case .schedule(let name) = name { self[name] } else { nil }
    }
}
