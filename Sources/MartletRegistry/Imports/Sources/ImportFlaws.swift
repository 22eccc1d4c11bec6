/// What cannot be brought, of which the first are kept and the others counted, so that a broken source takes no more memory than a
/// whole one.
struct ImportFlaws<Flaw: Sendable>: Sendable {
    private(set) var kept: [Flaw] = []
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// Counts one, and makes it where it is kept.
    mutating func add(_ flaw: @autoclosure () -> Flaw) {
        count += 1
        if kept.count < ImportLimits.flawCountMax { kept.append(flaw()) }
    }

    mutating func add(_ more: ImportFlaws) {
        count += more.count
        kept += more.kept.prefix(ImportLimits.flawCountMax - kept.count)
    }

    func map<Other: Sendable>(_ other: (Flaw) -> Other) -> ImportFlaws<Other> {
        var mapped = ImportFlaws<Other>()
        (mapped.kept, mapped.count) = (kept.map(other), count)
        return mapped
    }
}
