/// What an import did.
package struct ImportReport: Sendable, Equatable {
    /// How much there was of a kind, and what became of it.
    package struct Tally: Sendable, Equatable {
        package var found = 0
        package var brought = 0
        /// Brought earlier, or in the home for another reason.
        package var present = 0
        package var leftOut = 0

        /// Counts.
        package init(found: Int = 0, brought: Int = 0, present: Int = 0, leftOut: Int = 0) {
            self.found = found
            self.brought = brought
            self.present = present
            self.leftOut = leftOut
        }
    }

    /// By the name of what is counted: the kinds of records, and what they hold.
    package private(set) var tallies: [String: Tally] = [:]
    /// Of the files of artifacts that were brought.
    package var artifactSizeBytes = 0
    /// What was left out or changed on purpose, and how often.
    package private(set) var notes: [String: Int] = [:]
    /// What cannot be brought: at most the first `flawCountMax`.
    package private(set) var flaws: [ImportFlaw] = []
    package private(set) var flawCount = 0
    package static let flawCountMax = ImportLimits.flawCountMax

    /// What is counted, in the order in which it is shown.
    package static let subjects =
        ImportKind.allCases.flatMap { kind -> [String] in
            switch kind {
            case .runs: [kind.rawValue, points]
            case .registeredModels: [kind.rawValue, versions]
            default: [kind.rawValue]
            }
        } + [files]
    static let points = "points of metrics"
    static let versions = "model versions"
    static let files = "files of artifacts"

    /// Whether there was anything to bring.
    package var broughtCount: Int { tallies.values.reduce(0) { $0 + $1.brought } }

    subscript(subject: String) -> Tally {
        get { tallies[subject] ?? Tally() }
        set { tallies[subject] = newValue }
    }

    mutating func note(_ what: String, _ count: Int = 1) { if count > 0 { notes[what, default: 0] += count } }

    mutating func tell(_ more: [ImportFlaw]) {
        flawCount += more.count
        flaws += more.prefix(max(0, ImportLimits.flawCountMax - flaws.count))
    }

    mutating func tell(_ more: ImportFlaws<ImportFlaw>) {
        tell(more.kept)
        flawCount += more.count - more.kept.count
    }
}

/// How far an import is.
package struct ImportProgress: Sendable, Equatable {
    package var kind: ImportKind
    package var done: Int
    package var total: Int
}
