public import Foundation
package import MartletCore

/// What a project, pipeline, step, model or owner may spend in a day, week or month.
public struct Budget: Sendable, Equatable {
    /// How long a budget lasts until it begins anew.
    public enum Period: String, Sendable, CaseIterable {
        /// From midnight, of the zone.
        case day
        /// From Monday (ISO 8601).
        case week
        /// From the first.
        case month
    }

    /// What there is to say before a step begins.
    package enum Verdict: Sendable, Equatable {
        /// This share of the limit is spent.
        case within(share: Double)
        case warn(share: Double, message: String)
        /// No step of it is to begin.
        case stop(share: Double, message: String)
    }

    /// The budget's own name, its key in `budgets`.
    public let key: String
    /// What it is for.
    public let of: CostDimension
    /// Which of them.
    public let name: String
    /// In the price table's currency.
    public let limit: Double
    /// How long it lasts.
    public let per: Period
    /// In whose time days begin.
    public let zone: TimeZone
    /// From which share of the limit on people are warned.
    public let warnAt: Double
    /// Whether steps are stopped when the limit is spent.
    public let stop: Bool

    /// Makes a budget.
    /// - Throws: `invalidInput` where the limit is not above 0, or `warnAt` not in 0…1.
    public init(
        key: String, of: CostDimension, name: String, limit: Double, per: Period, zone: TimeZone = .gmt, warnAt: Double = 0.8,
        stop: Bool = false
    ) throws {
        guard limit.isFinite, limit > 0 else {
            throw MartletError(.invalidInput, "budgets.\(key).limit: expected a number above 0, found \(limit)")
        }
        guard (0...1).contains(warnAt) else {
            throw MartletError(.invalidInput, "budgets.\(key).warn_at: expected a share of 0% to 100%, found \(warnAt)")
        }
        self.key = key
        self.of = of
        self.name = name
        self.limit = limit
        self.per = per
        self.zone = zone
        self.warnAt = warnAt
        self.stop = stop
    }

    /// A zone by its name. - Throws: `invalidInput`, with the nearest name.
    package static func zone(_ name: String) throws -> TimeZone { try WallClock(name).zone }

    /// Judges what was spent since the period began.
    /// - Parameters:
    ///   - records: all that may count; those of other names or times are passed over.
    ///   - planned: what the step that is about to begin will cost as far as anybody knows; it is counted as spent.
    package func verdict(
        _ records: some Sequence<UsageRecord>, planned: Double = 0, prices: PriceTable, at now: Timestamp
    ) -> Verdict {
        let period = interval(at: now)
        return verdict(spent: spent(records, in: period, prices), planned: planned, prices: prices, at: now)
    }

    /// What was spent of it in a period; records of other names or times are passed over.
    package func spent(
        _ records: some Sequence<UsageRecord>, in period: (start: Timestamp, end: Timestamp), _ prices: PriceTable
    ) -> Double {
        records.lazy.filter { !$0.cached && $0.at >= period.start && $0.at < period.end && covers($0) }
            .reduce(0) { $0 + prices.cost(of: $1.amount) }
    }

    /// Whether a record counts, whenever it was.
    package func covers(_ record: UsageRecord) -> Bool { of.name(of: record) == name }

    /// Judges what was spent since the period of a time began.
    package func verdict(spent: Double, planned: Double = 0, prices: PriceTable, at now: Timestamp) -> Verdict {
        let period = interval(at: now)
        let share = (spent + planned) / limit
        guard share >= min(warnAt, 1) else { return .within(share: share) }
        let told = self.told(spent, planned, period, prices)
        guard share >= 1, stop else { return .warn(share: share, message: told) }
        let message = "\(told); no step of it begins until \(period.end): wait, or raise budgets.\(key).limit"
        return .stop(share: share, message: message)
    }

    private func told(_ spent: Double, _ planned: Double, _ period: (start: Timestamp, end: Timestamp), _ prices: PriceTable) -> String {
        let percent = ((spent + planned) / limit * 100).formatted(places: 0)
        let coming = planned > 0 ? " and \(prices.text(planned)) about to be" : ""
        return "budget '\(key)', \(of.rawValue) '\(name)': \(prices.text(spent)) spent\(coming) of \(prices.text(limit)) a \(per.rawValue) "
            + "(\(percent)% since \(period.start))"
    }

    /// The period that a time is in, by the zone's calendar: a day may have 23 or 25 hours.
    package func interval(at time: Timestamp) -> (start: Timestamp, end: Timestamp) {
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = zone
        let component: Calendar.Component =
            switch per {
            case .day: .day
            case .week: .weekOfYear
            case .month: .month
            }
        let date = Date(timeIntervalSince1970: Double(time.microseconds) / 1_000_000)
        guard let interval = calendar.dateInterval(of: component, for: date) else {
            preconditionFailure("every time is in a \(per.rawValue)")
        }
        return (Self.timestamp(interval.start), Self.timestamp(interval.end))
    }

    /// Periods begin at whole seconds.
    private static func timestamp(_ date: Date) -> Timestamp {
        Timestamp(microseconds: Int64(date.timeIntervalSince1970.rounded()) * 1_000_000)
    }
}
