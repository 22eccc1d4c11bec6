package import MartletCore

/// What becomes of times at which a schedule should have fired while nobody was there to do so.
public enum MissedPolicy: String, Sendable, CaseIterable {
    /// The last of them fires, once.
    case latest
    /// Each of them fires, the oldest first.
    case all
    /// None of them fires.
    case skip
}

/// What is to fire now.
package struct DueTimes: Sendable, Equatable {
    /// The times that are to fire, the oldest first.
    package let times: [Timestamp]
    /// How many earlier times are passed over, by the policy or a limit.
    package let droppedCount: Int
}

extension Schedule {
    /// The most times that fire at once; the newest of more.
    package static let dueCountMax = 1_000
    /// A time that is younger than this is on time, and no policy passes it over.
    package static let grace: Duration = .seconds(60)
    /// How far back missed times are looked for; older ones are neither fired nor counted.
    package static let lookBackMax: Duration = .seconds(366 * 86_400)
    /// By so much a clock may be set back without any time firing again; the rule, and the figure, are of Vixie's cron.
    package static let setBackMax: Duration = .seconds(3 * 3_600)

    /// What is to fire now, by the policy of missed times.
    ///
    /// - Parameters:
    ///   - lastFired: the last time that fired, or was passed over; `nil` where none was.
    ///   - since: when the schedule was declared as it is; times up to then are not its own.
    package func due(lastFired: Timestamp?, since: Timestamp, now: Timestamp) -> DueTimes {
        let start = max(lastFired ?? since, since, now - Self.lookBackMax)
        var newest: [Timestamp] = []
        var count = 0
        for time in sequence(after: start, through: now) {
            if newest.count == 2 * Self.dueCountMax { newest.removeFirst(Self.dueCountMax) }
            newest.append(time)
            count += 1
        }
        let times = selected(from: newest, now: now)
        return DueTimes(times: times, droppedCount: count - times.count)
    }

    private func selected(from times: [Timestamp], now: Timestamp) -> [Timestamp] {
        switch missed {
        case .latest: times.suffix(1)
        case .all: times.suffix(Self.dueCountMax)
        case .skip: times.filter { now - $0 <= Self.grace }
        }
    }
}
