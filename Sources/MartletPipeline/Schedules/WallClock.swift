import Foundation
import MartletCore

/// The clock on the wall of a zone: what it shows at an instant, and the instant at which it shows something.
///
/// Instants and readings are both whole seconds since 1970-01-01T00:00, in UTC and on the wall.
struct WallClock: Sendable, Equatable {
    let zone: TimeZone
    /// The zone's name as it was given: the library calls UTC otherwise.
    let name: String

    /// - Parameter name: a name of the IANA time zone database, such as `Europe/Berlin`, or `UTC`.
    /// - Throws: `invalidInput`, with the nearest name. Abbreviations such as `BST` are refused, for they mean more than one zone.
    init(_ name: String) throws {
        let isName = name == "UTC" || name == "GMT" || name.contains("/")
        guard isName, let zone = TimeZone(identifier: name) else {
            let step = Self.nearestZone(to: name).map { "did you mean '\($0)'?" } ?? "write CONTINENT/CITY"
            throw MartletError(
                .invalidInput, "zone: expected a name of the IANA database such as 'Europe/Berlin', found '\(name.prefix(80))'; \(step)")
        }
        (self.zone, self.name) = (zone, name)
    }

    private static func nearestZone(to name: String) -> String? {
        let known = TimeZone.knownTimeZoneIdentifiers + ["UTC"]
        if let found = nearest(to: String(name.prefix(80)), among: known) { return found }
        func city(_ zone: String) -> String { zone.split(separator: "/").last.map(String.init) ?? zone }
        let word = city(String(name.prefix(80)).replacing(" ", with: "_"))
        guard let found = nearest(to: word, among: known.map(city)) else { return nil }
        return known.first { city($0) == found }
    }

    /// What the clock shows at an instant.
    func reading(at instant: Int64) -> Int64 { instant + offset(at: instant) }

    /// Seconds east of Greenwich.
    func offset(at instant: Int64) -> Int64 { Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant)))) }

    /// When the zone's clocks are next set, after an instant; `nil` where they never are.
    func nextChange(after instant: Int64) -> Int64? {
        let change = zone.nextDaylightSavingTimeTransition(after: Date(timeIntervalSince1970: Double(instant)))
        return change.map { Int64($0.timeIntervalSince1970.rounded()) }.flatMap { $0 > instant ? $0 : nil }
    }

    /// The first instant at which the clock shows a reading or, where it jumps past it, the instant of the jump.
    ///
    /// A later reading never has an earlier instant.
    func instant(of reading: Int64) -> Int64 {
        // No zone is a day from Greenwich, so the instant lies between these two.
        let (before, after) = (offset(at: reading - 86_400), offset(at: reading + 86_400))
        let (earlier, later) = (reading - max(before, after), reading - min(before, after))
        if self.reading(at: earlier) == reading { return earlier }
        if self.reading(at: later) == reading { return later }
        return nextChange(after: earlier) ?? later
    }
}

extension Int64 {
    /// Division that rounds down, as calendars need it before 1970 as after.
    func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

extension Timestamp {
    /// The instant, cut to whole seconds towards the past.
    var wholeSeconds: Int64 { microseconds.flooredDivision(by: 1_000_000).quotient }

    init(wholeSeconds: Int64) { self.init(microseconds: wholeSeconds * 1_000_000) }
}
