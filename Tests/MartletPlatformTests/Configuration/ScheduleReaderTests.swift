import MartletCore
import MartletPipeline
import Testing

@testable import MartletPlatform

@Suite struct ScheduleReaderTests {
    private static let head = """
        project: flights
        steps:
          slice: {run: "true", outputs: {rows: rows.parquet}}
          board: {run: "true"}
        datasets:
          departures: {source: {step: slice.rows}, contract: departures.odcs.yaml}

        """

    private func project(_ text: String) throws -> Project {
        try Project.parse(Self.head + text + "\n", file: "martlet.yaml", folder: ".")
    }

    @Test func `a schedule has its times, its zone, its steps and its policy`() throws {
        let project = try project(
            """
            schedules:
              nightly: {cron: "30 4 * * *", zone: America/New_York, run: [board, dataset departures], missed: all}
              hourly: {cron: "@hourly", run: board}
            """)
        #expect(
            project.schedules == [
                "nightly": ScheduleSpecification(
                    try Schedule(cron: CronExpression("30 4 * * *"), zone: "America/New_York", missed: .all),
                    run: ["board", "dataset departures"]),
                "hourly": ScheduleSpecification(
                    try Schedule(cron: CronExpression("0 * * * *"), zone: "UTC", missed: .latest), run: ["board"]),
            ])
    }

    @Test func `a trigger has one event and its steps`() throws {
        let project = try project(
            """
            triggers:
              arrived: {file: "incoming/*.csv", run: [board]}
              changed: {snapshot: departures, run: [board]}
              priced: {upstream: ../prices/martlet.yaml, run: [board]}
              asked: {webhook: refresh, run: [board, slice]}
              told: {webhook: deliver, secret: DELIVER_SECRET, run: [board]}
            """)
        #expect(
            project.triggers == [
                "arrived": TriggerSpecification(.file(pattern: "incoming/*.csv"), run: ["board"]),
                "changed": TriggerSpecification(.snapshot(dataset: "departures"), run: ["board"]),
                "priced": TriggerSpecification(.upstream(project: "../prices/martlet.yaml"), run: ["board"]),
                "asked": TriggerSpecification(.webhook(name: "refresh"), run: ["board", "slice"]),
                "told": TriggerSpecification(.webhook(name: "deliver"), run: ["board"], secret: "DELIVER_SECRET"),
            ])
    }

    @Test func `a trigger by drift has what is compared, its columns and its limits`() throws {
        let project = try project(
            """
            triggers:
              usual: {drift: {dataset: departures}, run: board}
              exact: {drift: {dataset: departures, columns: [delay, origin], over: 0.1, rows: 2000}, run: board}
            """)
        var exact = DriftSpecification(.snapshot(dataset: "departures"))
        (exact.columns, exact.threshold, exact.rowCountMin) = (["delay", "origin"], 0.1, 2_000)
        #expect(
            project.triggers.mapValues(\.event) == [
                "usual": .drift(DriftSpecification(.snapshot(dataset: "departures"))), "exact": .drift(exact),
            ])
    }

    static let faults = [
        (
            #"schedules: {nightly: {cron: "30 4 * *", run: board}}"#,
            "schedules.nightly.cron: cron '30 4 * *': expected five fields (minutes hours days months weekdays), found 4; "
                + "write * for a field that does not matter"
        ),
        (#"schedules: {nightly: {run: board}}"#, "schedules.nightly: the key 'cron' is missing; add it"),
        (#"schedules: {nightly: {cron: "@daily"}}"#, "schedules.nightly: the key 'run' is missing; add it"),
        (#"schedules: {nightly: {cron: "@daily", run: []}}"#, "schedules.nightly.run: expected the names of steps, found a list"),
        (#"schedules: {nightly: {cron: "@daily", run: bord}}"#, "schedules.nightly.run: there is no step 'bord'; did you mean 'board'?"),
        (
            #"schedules: {nightly: {cron: "@daily", run: board, missed: lates}}"#,
            "schedules.nightly.missed: expected one of latest, all, skip, found 'lates'; did you mean 'latest'?"
        ),
        (
            #"schedules: {nightly: {cron: "@daily", run: board, zone: Europe/Berlim}}"#,
            "schedules.nightly.zone: zone: expected a name of the IANA database such as 'Europe/Berlin', found 'Europe/Berlim'; "
                + "did you mean 'Europe/Berlin'?"
        ),
        (
            #"schedules: {nightly: {corn: "@daily", cron: "@daily", run: board}}"#,
            "schedules.nightly.corn: expected one of cron, run, zone, missed, found the key 'corn'; did you mean 'cron'?"
        ),
        (#"triggers: {new: {run: board}}"#, "triggers.new: expected one of file, snapshot, upstream, webhook, drift, found a mapping"),
        (
            #"triggers: {new: {file: a, webhook: b, run: board}}"#,
            "triggers.new: expected one of file, snapshot, upstream, webhook, drift, found a mapping"
        ),
        (
            #"triggers: {new: {file: ../a.csv, run: board}}"#,
            "triggers.new.file: expected a pattern of files in the project's folder, such as incoming/*.csv, found '../a.csv'"
        ),
        (
            #"triggers: {new: {snapshot: departure, run: board}}"#,
            "triggers.new.snapshot: there is no dataset 'departure'; did you mean 'departures'?"
        ),
        (
            #"triggers: {new: {upstream: x/../martlet.yaml, run: board}}"#,
            "triggers.new.upstream: expected a project file of another folder: those of one folder share their home, "
                + "found 'x/../martlet.yaml'"
        ),
        (
            #"triggers: {new: {webhook: a b, run: board}}"#,
            "triggers.new.webhook: expected a name of letters, digits, '-' and '_' (at most 64), found 'a b'"
        ),
        (
            #"triggers: {one: {webhook: a, run: board}, two: {webhook: a, run: slice}}"#,
            "triggers.two: the trigger 'one' has the webhook of this one; give it another name, or let 'one' run more steps"
        ),
        (
            #"triggers: {new: {file: a.csv, secret: A, run: board}}"#,
            "triggers.new.secret: 'secret' is for a trigger with 'webhook'; remove it"
        ),
        (
            #"triggers: {new: {webhook: a, secret: HOOK, run: board}}"#,
            "triggers.new.secret: commands inherit the variable 'HOOK'; name one that they do not see, such as HOOK_SECRET"
        ),
        (
            #"triggers: {new: {webhook: a, secret: "s3cr3t!", run: board}}"#,
            "triggers.new.secret: expected the name of a variable that holds the secret, of letters, digits and '_', and not the secret itself"
        ),
        (
            #"triggers: {new: {drift: price, run: board}}"#,
            "triggers.new.drift: expected a mapping with endpoint, dataset, against, window, columns, over, rows, found 'price'"
        ),
        (#"triggers: {new: {drift: {over: 0.3}, run: board}}"#, "triggers.new.drift: expected one of endpoint, dataset, found a mapping"),
        (
            #"triggers: {new: {drift: {dataset: departure}, run: board}}"#,
            "triggers.new.drift.dataset: there is no dataset 'departure'; did you mean 'departures'?"
        ),
        (
            #"triggers: {new: {drift: {dataset: departures, window: 1 d}, run: board}}"#,
            "triggers.new.drift.window: 'window' is for drift of what an endpoint is asked; remove it"
        ),
        (
            #"triggers: {new: {drift: {dataset: departures, over: 0}, run: board}}"#,
            "triggers.new.drift.over: expected a number from 0.01 to 10.0, found '0'"
        ),
    ]

    @Test(arguments: faults)
    func `a fault is told with its place and the nearest right word`(text: String, expected: String) throws {
        let error = try #require(throws: SpecificationError.self) { try project(text) }
        #expect(error.diagnostics.map { "\($0.path): \($0.message)" } == [expected])
        #expect(error.diagnostics.first?.line == 7)
    }
}
