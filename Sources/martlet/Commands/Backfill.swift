import ArgumentParser
import MartletCore
import MartletPipeline
import MartletPlatform

/// Makes a step's partitions of a range of time.
struct Backfill: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the days, hours, weeks or months of a step, from one to another.",
        discussion: """
            What is fresh does not run again, so that a backfill that was stopped goes on where it was. Steps before it that are \
            fanned out by the same key are restricted to the same partitions. Of a step that joins all partitions, those that it \
            joins are made; run it when they are there.

            EXAMPLES
              martlet backfill join --from 2013-02-01 --to 2013-02-28 --preview
              martlet backfill join --from 2013-02-01 --to 2013-02-28
              martlet backfill join --from 2013-02-01 --force    although they are fresh
            """
    )

    @OptionGroup var options: ProjectOptions

    @Argument(help: "The step.")
    var step: String

    @Option(help: ArgumentHelp("The first partition, such as 2013-02-01; the range's first where it is left out.", valueName: "partition"))
    var from: String?

    @Option(help: ArgumentHelp("The last partition, included; the last complete one where it is left out.", valueName: "partition"))
    var to: String?

    @Option(help: "The key that is a range of time, where the step has several.")
    var key: String?

    @Flag(help: "Say what would run, why, and for how long; run nothing.")
    var preview = false

    @Flag(help: "Run the step also where it is fresh; not what it needs.")
    var force = false

    func run() async throws {
        let platform = try options.platform()
        let pipeline = ProjectPipeline(platform)
        let backfill = try MartletPlatform.Backfill(
            step, of: platform.project, in: pipeline.graph(), key: key, from: from, to: to, now: .now)
        if preview {
            let text = BackfillText(backfill, try await pipeline.preview(backfill, isForced: force))
            return options.json ? Output.result(text.json.prettyText) : text.lines.forEach(Output.result)
        }
        let watch = RunWatch(silent: options.json)
        do {
            try await watch.run(pipeline, backfill.request(isForced: force))
        } catch {
            if !options.json { watch.summary.forEach(Output.result) } else if !watch.outcomes.isEmpty { report(backfill, watch) }
            throw error
        }
        report(backfill, watch)
    }

    private func report(_ backfill: MartletPlatform.Backfill, _ watch: RunWatch) {
        let counts = watch.counts
        let (ran, fresh, quarantined) = (counts.ran, counts.fresh, counts.quarantined)
        if options.json {
            return Output.result(
                JSONValue.object([
                    "key": .string(backfill.key), "steps": .array(backfill.steps.map(JSONValue.string)),
                    "partitions": .array(backfill.values.map(JSONValue.string)), "ran": .integer(Int64(ran)),
                    "fresh": .integer(Int64(fresh)), "quarantined": .integer(Int64(quarantined)), "unmade": watch.unmade,
                ]).prettyText)
        }
        watch.summary.forEach(Output.result)
        Output.result("\(ran) ran, \(fresh) were fresh, \(quarantined) are in quarantine")
        if let joining = backfill.joining { Output.result("'\(joining)' joins these: 'martlet run \(joining)' makes it of all") }
    }
}
