import MartletCore
import MartletPipeline
import MartletPlatform

/// What a backfill would run, for people and for machines.
struct BackfillText {
    /// How many characters of a reason a table shows.
    private static let reasonLengthMax = 60

    private let backfill: MartletPlatform.Backfill
    private let preview: BackfillPreview

    init(_ backfill: MartletPlatform.Backfill, _ preview: BackfillPreview) { (self.backfill, self.preview) = (backfill, preview) }

    /// A row for each partition, then what it takes.
    var lines: [String] {
        var table = TextTable(backfill.key, "would run", ">fresh", "why")
        for row in preview.rows {
            let runs = row.runs.map { "\($0.id.step)\($0.isOpen ? "?" : "")" } + row.others.map { "(\($0.id.step))" }
            let why = (row.runs.filter { !$0.isOpen } + row.others).first?.reason ?? ""
            table.add(
                row.value ?? "–", runs.isEmpty ? "nothing" : runs.joined(separator: " "), "\(row.fresh.count)",
                why.count > Self.reasonLengthMax ? "\(why.prefix(Self.reasonLengthMax - 1))…" : why)
        }
        return table.lines + [""] + summary
    }

    private var summary: [String] {
        let open = preview.runs.count(where: \.isOpen)
        var lines = ["\(preview.runs.count) would run, \(preview.rows.map(\.fresh.count).reduce(0, +)) are fresh"]
        if open > 0 { lines[0] += "; \(open) of them (?) only where what comes out before them differs" }
        if !preview.runs.isEmpty {
            let unknown = preview.unknownCount
            let known =
                unknown < preview.runs.count ? "\(Duration.seconds(preview.seconds).words), one after the other, as before" : "nobody knows"
            lines.append("time: \(known)\(unknown > 0 ? "; \(unknown) never ran" : "")")
        }
        if let joining = backfill.joining { lines.append("'\(joining)' joins these, and is not run") }
        return lines
    }

    /// The same for machines.
    var json: JSONValue {
        [
            "key": .string(backfill.key), "steps": .array(backfill.steps.map(JSONValue.string)),
            "joining": backfill.joining.map(JSONValue.string) ?? .null, "seconds": .number(preview.seconds),
            "unknown": .integer(Int64(preview.unknownCount)),
            "partitions": .array(
                preview.rows.map { row in
                    [
                        "value": row.value.map(JSONValue.string) ?? .null, "runs": .array(row.runs.map(json)),
                        "fresh": .array(row.fresh.map { .string($0.description) }), "others": .array(row.others.map(json)),
                    ]
                }),
        ]
    }

    private func json(_ run: BackfillPreview.Run) -> JSONValue {
        [
            "step": .string(run.id.description), "reason": .string(run.reason), "open": .boolean(run.isOpen),
            "seconds": run.seconds.map(JSONValue.number) ?? .null,
        ]
    }
}
