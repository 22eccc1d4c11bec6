import MartletCore
import MartletRegistry

/// What an import did, for people and for machines.
struct ImportReportText {
    /// How many flaws people are told; JSON has all that are kept.
    private static let flawCountMax = 20

    private let report: ImportReport
    private let isDry: Bool

    init(_ report: ImportReport, isDry: Bool) {
        self.report = report
        self.isDry = isDry
    }

    private var rows: [(subject: String, tally: ImportReport.Tally)] {
        ImportReport.subjects.compactMap { subject in report.tallies[subject].map { (subject, $0) } }.filter { $0.1 != .init() }
    }

    /// The lines of the report.
    var lines: [String] {
        var table = TextTable("", ">found", isDry ? ">to bring" : ">brought", ">there already", ">left out")
        for (subject, tally) in rows {
            table.add(subject, tally.found.grouped, tally.brought.grouped, tally.present.grouped, tally.leftOut.grouped)
        }
        let notes = report.notes.sorted { $0.key < $1.key }.flatMap { "\($0.value.grouped) \($0.key)".wrapped(indent: 2) }
        let flaws = report.flaws.prefix(Self.flawCountMax).flatMap { "\($0.kind.rawValue), \($0.key): \($0.reason)".wrapped(indent: 2) }
        let more = report.flawCount - min(report.flawCount, Self.flawCountMax)
        return table.lines + (notes.isEmpty ? [] : [""] + notes) + (flaws.isEmpty ? [] : ["", "Cannot be brought:"] + flaws)
            + (more > 0 ? ["and \(more.grouped) more; --json tells up to \(ImportReport.flawCountMax.grouped)"] : []) + ["", summary]
    }

    private var summary: String {
        if report.broughtCount == 0 {
            return report.flawCount == 0 ? "nothing is left to be brought" : "nothing was brought; what is told above cannot be"
        }
        let size = report.artifactSizeBytes.grouped
        return isDry
            ? "nothing was written; without --dry-run this is brought, with \(size) bytes of artifacts"
            : "brought, with \(size) bytes of artifacts, checked by SHA-256"
    }

    /// The same for machines.
    var json: JSONValue {
        let counts = rows.map { subject, tally -> (String, JSONValue) in
            (
                subject,
                [
                    "found": .integer(Int64(tally.found)), "brought": .integer(Int64(tally.brought)),
                    "present": .integer(Int64(tally.present)), "left_out": .integer(Int64(tally.leftOut)),
                ]
            )
        }
        let flaws = report.flaws.map { flaw -> JSONValue in
            ["kind": .string(flaw.kind.rawValue), "key": .string(flaw.key), "reason": .string(flaw.reason)]
        }
        return [
            "dry_run": .boolean(isDry), "artifact_bytes": .integer(Int64(report.artifactSizeBytes)),
            "counts": .object(Dictionary(counts, uniquingKeysWith: { first, _ in first })),
            "notes": .object(report.notes.mapValues { .integer(Int64($0)) }), "flaws": .array(flaws),
            "flaw_count": .integer(Int64(report.flawCount)),
        ]
    }
}
