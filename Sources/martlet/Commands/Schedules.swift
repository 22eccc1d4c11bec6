import ArgumentParser
import MartletCore
import MartletPipeline
import MartletPlatform

/// Says when schedules and triggers fire.
struct Schedules: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say when schedules fire next, what fired last, and what was missed.",
        discussion: """
            Schedules and triggers fire while 'martlet up' runs. What became due while it did not waits for its next start, by \
            the policy that the schedule declares as 'missed': latest, all or skip.

            EXAMPLES
              martlet schedules
              martlet schedules --json
            """
    )

    @OptionGroup var options: ProjectOptions

    func run() async throws {
        let platform = try options.platform()
        let states = try await platform.tracking().pipelines.schedules()
        let rows = ScheduleRow.rows(of: ScheduleBook(platform.project), states, now: .now)
        guard !options.json else {
            return Output.result(JSONValue.object(["schedules": .array(rows.map(\.json))]).prettyText)
        }
        guard !rows.isEmpty else { return Output.result("the project declares no schedules and no triggers") }
        var table = TextTable("name", "when", "next", "last fired", "result", ">waiting", ">passed over")
        for row in rows {
            table.add(
                "\(row.name)", row.declaration, row.next.first?.secondsText ?? "", row.lastFired?.secondsText ?? "never", row.result,
                "\(row.waiting.count)", "\(row.passedOverCount)")
        }
        Output.result(table.text)
        for row in rows { if let judged = row.judged { Output.result("\(row.name), judged at \(judged.at.secondsText): \(judged.words)") } }
    }
}

extension ScheduleRow {
    /// How its last run that ended went.
    fileprivate var result: String {
        guard let last else { return "" }
        return last.failure.map { "failed: \($0.prefix(60))" } ?? "done"
    }

    fileprivate var json: JSONValue {
        func time(_ time: Timestamp?) -> JSONValue { time.map { .string($0.description) } ?? .null }
        return [
            "name": .string(name.name), "kind": .string(String("\(name)".prefix { $0 != " " })), "when": .string(declaration),
            "next": .array(next.map { time($0) }), "last_fired": time(lastFired),
            "last": last.map { last in
                [
                    "nominal_time": time(last.firing.nominalTime), "ended_at": time(last.endedAt), "reason": .string(last.firing.reason),
                    "failure": last.failure.map(JSONValue.string) ?? .null,
                ]
            } ?? .null,
            "waiting": .array(
                waiting.map { firing in
                    [
                        "id": .string(firing.id), "nominal_time": time(firing.nominalTime), "reason": .string(firing.reason),
                        "begun": .boolean(firing.isBegun),
                    ]
                }),
            "judged": judged.map { ["at": time($0.at), "drift": .boolean($0.hasDrifted), "words": .string($0.words)] } ?? .null,
            "passed_over": .integer(Int64(passedOverCount)), "last_passed_over": time(lastPassedOver),
        ]
    }
}
