public import MartletCore

extension PartitionRange {
    /// The complete partitions that a person asks for: one key, or two with `..` between them, of which either may be left out.
    ///
    /// `2013-01-05`, `2013-01-05..2013-01-07` (both inclusive), `2013-01-05..`, `..2013-01-07` and `..` for all.
    /// - Throws: `invalidInput` for anything else, and for a key outside the range or not yet complete.
    public func selection(_ text: String, now: Timestamp) throws -> [Partition] {
        guard let complete = completeNumbers(now: now) else {
            throw MartletError(
                .invalidInput,
                "partitions '\(text.prefix(80))': the first of the range, '\(unit.key(of: first))', is not complete yet; wait for its end")
        }
        let ends = text.split(separator: "..", omittingEmptySubsequences: false)
        guard ends.count <= 2 else {
            throw MartletError(.invalidInput, "partitions: expected one '..' at most, found '\(text.prefix(80))'; write FIRST..LAST")
        }
        let isOne = ends.count == 1
        let start = try isOne || !ends[0].isEmpty ? number(ends[0], in: complete) : complete.lowerBound
        let end = isOne ? start : try ends[1].isEmpty ? complete.upperBound : number(ends[1], in: complete)
        guard start <= end else {
            throw MartletError(.invalidInput, "partitions: expected FIRST..LAST with the earlier first, found '\(text)'; exchange them")
        }
        let partitions = try partitions(numbered: start...end)
        guard !partitions.isEmpty else {
            throw MartletError(.invalidInput, "partitions: '\(text)' does not exist in \(zone), whose clocks jump over it; choose another")
        }
        return partitions
    }

    private func number(_ key: Substring, in complete: ClosedRange<Int64>) throws -> Int64 {
        let number = try Self.number(key, of: unit, called: "partitions")
        guard !complete.contains(number) else { return number }
        let bound =
            number < complete.lowerBound
            ? "the range begins with '\(unit.key(of: complete.lowerBound))'"
            : number <= last ?? .max
                ? "the last complete one is '\(unit.key(of: complete.upperBound))'"
                : "the range ends with '\(unit.key(of: last ?? number))'"
        throw MartletError(.invalidInput, "partitions: '\(key)' is not among the complete ones: \(bound)")
    }
}
