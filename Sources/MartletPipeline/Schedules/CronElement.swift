import MartletCore

/// One element of a field's list: `*`, a value or a range, perhaps with a step.
struct CronElement {
    let values: CronField.Values

    init(_ text: Substring, of kind: CronField.Kind) throws(CronField.Fault) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let step = parts.count == 2 ? try Self.step(parts[1], of: kind) : nil
        let (first, last) = try Self.range(parts[0], of: kind, hasStep: step != nil)
        var values = CronField.Values(from: first, through: last, by: step ?? 1)
        if kind == .weekdays, values.contains(7) {
            values = values.intersection(CronField.Values(from: 0, through: 6))
            values.insert(0)
        }
        self.values = values
    }

    /// A value, as a number or by its name.
    static func value(_ text: Substring, of kind: CronField.Kind) throws(CronField.Fault) -> Int64 {
        if let position = kind.names.firstIndex(of: text.uppercased()) { return kind.bounds.lowerBound + Int64(position) }
        if let number = number(text), kind.bounds.contains(number) { return number }
        let hint = nearest(to: String(text), among: kind.names).map { "; did you mean '\($0)'?" }
        throw CronField.Fault(message: "\(kind.rawValue): expected \(kind.expectation), found '\(text.prefix(20))'\(hint ?? "")")
    }

    private static func range(
        _ text: Substring, of kind: CronField.Kind, hasStep: Bool
    ) throws(CronField.Fault) -> (first: Int64, last: Int64) {
        if text == "*" { return (kind.bounds.lowerBound, kind.last) }
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let first = try value(ends[0], of: kind)
        guard ends.count == 2 else { return (first, hasStep ? max(first, kind.last) : first) }
        var last = try value(ends[1], of: kind)
        // Sunday ends a week as well as it begins one.
        if kind == .weekdays, last == 0, first > 0 { last = 7 }
        guard first <= last else {
            let start = kind.bounds.lowerBound
            throw CronField.Fault(
                message: "\(kind.rawValue): expected a range that goes up, found '\(text)'; write '\(first)-\(kind.last),\(start)-\(last)'")
        }
        return (first, last)
    }

    private static func step(_ text: Substring, of kind: CronField.Kind) throws(CronField.Fault) -> Int64 {
        let longest = kind.last - kind.bounds.lowerBound
        guard let step = number(text), (1...longest).contains(step) else {
            throw CronField.Fault(
                message: "\(kind.rawValue): expected a step of 1 to \(longest), found '\(text.prefix(20))'; "
                    + "a step begins anew with each cycle, so a longer one would fire once in it: write one value")
        }
        return step
    }

    /// Digits alone; at most four, so that none overflows.
    private static func number(_ text: Substring) -> Int64? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int64(text)
    }
}
