package import MartletCore

/// What is kept of a schedule or a trigger: what it has seen, and what fired and was not run to an end yet.
///
/// A firing is put down in the same write as the time or the content that it fired for, before its run is begun, and taken out once that
/// run has ended, well or not. One whose run a crash cut off is still there and is run again: its nominal time is the same, and as steps
/// have keys, what was done is not done twice.
package struct ScheduleState: Sendable, Equatable, Codable {
    /// The most firings of a trigger that wait for their runs.
    package static let pendingCountMax = 100
    /// How many runs of one firing may be cut off before it is given up: it may be what crashes this program.
    package static let attemptCountMax = 3
    /// How many of the things that changed a reason names.
    static let namedCountMax = 3
    /// The most signed deliveries that are remembered, each for as long as it is good; more are not taken.
    static let deliveryCountMax = 1_000
    /// So many pairs of samples that were judged are remembered.
    static let judgedCountMax = 100

    /// As what it was declared; the times and contents below are this declaration's.
    package private(set) var declaration: String
    /// When it was first seen as it is; times up to then are not its own.
    package private(set) var since: Timestamp
    /// All times of a schedule up to this one have fired or were passed over.
    package private(set) var decidedUntil: Timestamp?
    /// Up to where it was decided before the clock was set back by much; it counts again once the clock comes there.
    private var decidedBefore: Timestamp?
    /// What a trigger saw last: digests or ids by what they are of; `nil` where it has not looked yet.
    package private(set) var seen: [String: String]?
    /// What was judged last of what a trigger by drift compares; `nil` before the first time.
    package private(set) var judged: DriftJudgement?
    /// The pairs of samples that were judged before that, the oldest first; `nil` where there were none.
    private var judgedBefore: [String]?
    /// What fired and was not run to its end, the oldest first.
    package internal(set) var pending: [Firing] = []
    /// The last signed deliveries, the oldest first; `nil` where there were none.
    package private(set) var deliveries: [SeenDelivery]?
    /// How many times of a schedule were passed over, since it was first seen.
    package private(set) var passedOverCount = 0
    /// When that last happened.
    package private(set) var lastPassedOver: Timestamp?
    /// The last firing whose run ended.
    package private(set) var last: Ended?

    /// A firing whose run ended.
    package struct Ended: Sendable, Equatable, Codable {
        package let firing: Firing
        package let endedAt: Timestamp
        /// Why it failed; `nil` where it ended well.
        package let failure: String?
    }

    /// The state of what was never seen before.
    package init(_ declaration: String, since: Timestamp) { (self.declaration, self.since) = (declaration, since) }

    /// When it last fired, whether its run has ended or not.
    package var lastFired: Timestamp? { [last?.firing.nominalTime, pending.map(\.nominalTime).max()].compactMap(\.self).max() }

    /// The content that is read again: what others are compared with, and what webhooks were sent.
    package var contents: Set<Digest> {
        Set(([judged?.base, last?.firing.payload] + pending.map(\.payload)).compactMap(\.self))
    }

    /// Takes the present declaration: of another one, earlier times and what is there now are not its own.
    package mutating func declare(_ declaration: String, now: Timestamp) {
        guard declaration != self.declaration else { return }
        (self.declaration, since, decidedBefore, seen, judged, judgedBefore) = (declaration, now, nil, nil, nil, nil)
    }

    /// Fires for the times that have come, by the policy of missed ones.
    ///
    /// Of a schedule that does not fire for all, a newer time takes the place of one that still waits for its run.
    package mutating func fireDue(_ schedule: Schedule, now: Timestamp) {
        followClock(now)
        let due = schedule.due(lastFired: decidedUntil, since: since, now: now)
        guard !due.times.isEmpty || due.droppedCount > 0 else { return }
        decidedUntil = now
        pending += due.times.map { Firing(id: $0.description, nominalTime: $0, reason: "\(schedule.cron) \(schedule.zone)") }
        let waiting = pending.indices.filter { !pending[$0].isBegun }
        let surplus = waiting.dropLast(schedule.missed == .all ? Schedule.dueCountMax : 1)
        for position in surplus.reversed() { pending.remove(at: position) }
        guard due.droppedCount + surplus.count > 0 else { return }
        passedOverCount += due.droppedCount + surplus.count
        lastPassedOver = now
    }

    /// Where the clock was set back by a little, times that it shows again do not fire again; where it was wrong by much, as at the start of a
    /// machine that does not know the time, it is followed at once, for else nothing would fire until it shows that time again. What had
    /// fired by then does not again.
    private mutating func followClock(_ now: Timestamp) {
        if let before = decidedBefore, now >= before { (decidedUntil, decidedBefore) = (max(decidedUntil ?? before, before), nil) }
        let limit = now + Schedule.setBackMax
        let latest = max(since, decidedUntil ?? since)
        if latest > limit { decidedBefore = max(decidedBefore ?? latest, latest) }
        if since > limit { since = now }
        if let decided = decidedUntil, decided > limit { decidedUntil = now }
    }

    /// Takes what is there now, and fires once where anything came or changed. What was there at the first look fires nothing.
    ///
    /// What changes while a firing waits for its run is that firing's too; what changes while it runs is another one's.
    package mutating func notice(_ found: [String: String], now: Timestamp) {
        let known = seen
        seen = found
        guard let known else { return }
        let changed = found.filter { known[$0.key] != $0.value }.keys.sorted()
        if !changed.isEmpty { fire(Self.words(changed), now) }
    }

    /// Takes what was judged of two samples, and fires where they have drifted. Of the same two nothing fires again.
    package mutating func judge(_ judgement: DriftJudgement, now: Timestamp) {
        guard !hasJudged(judgement.pair) else { return }
        if let judged { judgedBefore = ((judgedBefore ?? []) + [judged.pair]).suffix(Self.judgedCountMax - 1) }
        judged = judgement
        if judgement.hasDrifted { fire(judgement.words, now) }
    }

    /// Whether two samples were judged already, also where others were since, as after a rollback.
    package func hasJudged(_ pair: String) -> Bool { judged?.pair == pair || judgedBefore?.contains(pair) == true }

    private mutating func fire(_ reason: String, _ now: Timestamp) {
        if let waiting = pending.firstIndex(where: { !$0.isBegun }) {
            pending[waiting].reason = reason
        } else {
            pending.append(Firing(id: now.description, nominalTime: now, reason: reason))
        }
    }

    private static func words(_ changed: [String]) -> String {
        let rest = changed.count - namedCountMax
        return changed.prefix(namedCountMax).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "") + " changed"
    }

    /// Takes what a webhook was sent.
    /// - Parameter isDelivery: whether the firing's id is that of a signed delivery. One that comes again, from a sender who missed the answer
    ///   or from somebody who recorded it, fires nothing.
    /// - Throws: `overloaded` where `pendingCountMax` wait, or so many deliveries came that no more can be remembered.
    package mutating func enqueue(_ firing: Firing, isDelivery: Bool = false) throws {
        if isDelivery { forgetDeliveries(now: firing.nominalTime) }
        guard !isDelivery || deliveries?.contains(where: { $0.id == firing.id }) != true else { return }
        guard pending.count < Self.pendingCountMax else {
            throw MartletError(
                .overloaded, "\(Self.pendingCountMax) events of this trigger wait for their runs already; try again later",
                retryAfterSeconds: 30)
        }
        if isDelivery { try remember(firing) }
        pending.append(firing)
    }

    /// Those that would not be let in again need not be known any more.
    private mutating func forgetDeliveries(now: Timestamp) {
        deliveries = deliveries?.compactMap { delivery in
            var delivery = delivery
            return delivery.isGood(at: now) ? delivery : nil
        }
    }

    private mutating func remember(_ firing: Firing) throws {
        guard (deliveries?.count ?? 0) < Self.deliveryCountMax else {
            throw MartletError(
                .overloaded, "\(Self.deliveryCountMax) signed deliveries of this trigger came within minutes; try again later",
                retryAfterSeconds: 60)
        }
        deliveries = (deliveries ?? []) + [SeenDelivery(firing.id, at: firing.nominalTime)]
    }

    /// The run of a firing has ended. - Parameter failure: why it failed; `nil` where it ended well.
    package mutating func end(_ id: String, at time: Timestamp, failure: String?) {
        guard let position = pending.firstIndex(where: { $0.id == id }) else { return }
        last = Ended(firing: pending.remove(at: position), endedAt: time, failure: failure)
    }
}
