public import MartletCore

/// Partitions one after another: the hours, days, weeks or months of a zone from one on.
///
/// Only complete partitions are given, those that ended at or before the present. Bounds are instants at which the zone's clocks show
/// the unit's begin: a day at whose end clocks are set back has 25 hours. A unit that the clocks jump over as a whole is left out.
public struct PartitionRange: Sendable, Equatable {
    /// How long partitions are.
    public let unit: Partition.Unit
    /// How many of the last complete partitions a scheduled run looks at again, since data may come late.
    public let late: Int
    let first: Int64
    /// `nil` goes on with time.
    let last: Int64?
    private let clock: WallClock

    /// The most partitions of a range.
    public static let countMax = 100_000
    /// The most partitions that are looked at again.
    public static let lateMax = 10_000

    /// The zone's name.
    public var zone: String { clock.name }

    /// Makes a range.
    ///
    /// - Parameters:
    ///   - from: the key of the first partition.
    ///   - to: the key of the last partition; `nil` for one that goes on with time.
    ///   - zone: a name of the IANA time zone database.
    ///   - late: how many of the last complete partitions a scheduled run looks at again, 0…`lateMax`.
    /// - Throws: `invalidInput`; `limitExceeded` for more than `countMax` partitions.
    public init(_ unit: Partition.Unit, from: String, to: String? = nil, zone: String = "UTC", late: Int = 0) throws {
        guard (0...Self.lateMax).contains(late) else {
            throw MartletError(.invalidInput, "late: expected 0 to \(Self.lateMax) \(unit.rawValue), found \(late)")
        }
        self.unit = unit
        self.late = late
        clock = try WallClock(zone)
        first = try Self.number(from, of: unit, called: "from")
        last = try to.map { try Self.number($0, of: unit, called: "to") }
        guard let last else { return }
        guard first <= last else {
            throw MartletError(
                .invalidInput, "to: expected '\(unit.key(of: first))' (from) or later, found '\(unit.key(of: last))'; exchange them")
        }
        try Self.checkCount(from: first, through: last, of: unit)
    }

    /// The complete partitions, in order. - Throws: `limitExceeded` for more than `countMax`.
    public func partitions(now: Timestamp) throws -> [Partition] {
        guard let numbers = completeNumbers(now: now) else { return [] }
        return try partitions(numbered: numbers)
    }

    /// The last complete partitions, `late` at most, which a scheduled run looks at again.
    public func latePartitions(now: Timestamp) throws -> [Partition] {
        guard late > 0, let numbers = completeNumbers(now: now) else { return [] }
        // Clocks jump over a day at most, so no more than 24 of these numbers are left out.
        let start = max(numbers.lowerBound, numbers.upperBound - Int64(late + 24))
        return try partitions(numbered: start...numbers.upperBound).suffix(late)
    }

    func partitions(numbered numbers: ClosedRange<Int64>) throws -> [Partition] {
        try Self.checkCount(from: numbers.lowerBound, through: numbers.upperBound, of: unit)
        var start = start(of: numbers.lowerBound)
        return numbers.compactMap { number in
            let partition = Partition(
                key: unit.key(of: number), start: Timestamp(wholeSeconds: start), end: Timestamp(wholeSeconds: self.start(of: number + 1)))
            start = partition.end.wholeSeconds
            return partition.start < partition.end ? partition : nil
        }
    }

    /// The numbers of the units from the first to the last that has ended; `nil` where none has.
    func completeNumbers(now: Timestamp) -> ClosedRange<Int64>? {
        let now = now.wholeSeconds
        // What the clock shows is in a unit that has begun; where clocks were just set back, later ones may have begun as well.
        var current = unit.number(at: clock.reading(at: now))
        while start(of: current + 1) <= now { current += 1 }
        let end = min(current - 1, last ?? .max)
        return first <= end ? first...end : nil
    }

    private func start(of number: Int64) -> Int64 { clock.instant(of: unit.reading(of: number)) }

    private static func checkCount(from first: Int64, through last: Int64, of unit: Partition.Unit) throws {
        guard last - first < countMax else {
            throw MartletError(
                .limitExceeded,
                "expected at most \(countMax) partitions, found \(last - first + 1) \(unit.rawValue) from '\(unit.key(of: first))' "
                    + "to '\(unit.key(of: last))'; begin later or use longer ones")
        }
    }
}

extension PartitionRange {
    /// The number of a key. - Throws: `invalidInput`, with what the key is instead where it is one of another unit.
    static func number(_ key: some StringProtocol, of unit: Partition.Unit, called name: String) throws -> Int64 {
        if let number = unit.number(of: key) { return number }
        let other = Partition.Unit.allCases.first { $0.number(of: key) != nil }
        let kind = other.map { ", a key of \($0.rawValue)" } ?? ""
        throw MartletError(.invalidInput, "\(name): expected \(unit.example), found '\(key.prefix(40))'\(kind)")
    }
}
