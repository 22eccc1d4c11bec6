import Foundation
import MartletCore
import MartletTesting
import Testing

@testable import MartletPipeline

/// The export as a real Airflow takes it.
@Suite(.cluster, .serialized, .timeLimit(.minutes(10))) struct AirflowClusterTests {
    /// Loads the file as Airflow's scheduler does, and tells of each DAG what came of the export.
    private static let look = """
        import json, types, datetime
        from airflow.dag_processing.dagbag import DagBag
        from airflow.serialization.serialized_objects import DagSerialization
        from airflow.sdk.api.datamodels._generated import DagRunType
        from airflow.timetables.base import DataInterval, TimeRestriction
        import os, pendulum
        bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
        dags = {}
        for dag in bag.dags.values():
            kept = DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(dag))))
            last = DataInterval.exact(pendulum.datetime(2026, 11, 10, 8))
            bounds = TimeRestriction(earliest=kept.start_date, latest=None, catchup=kept.catchup)
            following = kept.timetable.next_dagrun_info(last_automated_data_interval=last, restriction=bounds)
            dags[dag.dag_id] = {
                "name": dag.dag_display_name, "next": following and following.run_after.isoformat(),
                "tasks": {t.task_id: {
                    "name": t.task_display_name, "owner": t.owner, "after": sorted(t.upstream_task_ids), "retries": t.retries,
                    "delays": [t.retry_delay.total_seconds(), t.retry_exponential_backoff, t.max_retry_delay and
                        t.max_retry_delay.total_seconds()],
                    "timeout": t.execution_timeout and t.execution_timeout.total_seconds(), "slots": t.pool_slots,
                } for t in dag.tasks},
            }
            if dag.has_task("on_time"):
                run = lambda kind, age: types.SimpleNamespace(
                    run_type=kind, run_after=datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=age))
                runs = [run(DagRunType.SCHEDULED, 400), run(DagRunType.SCHEDULED, 200), run(DagRunType.MANUAL, 400)]
                dags[dag.dag_id]["on_time"] = [dag.get_task("on_time").python_callable(run) for run in runs]
        print(json.dumps({"errors": bag.import_errors, "dags": dags}))
        """

    @Test func `Airflow reads an export as the graph that it was`() async throws {
        let home = try AirflowHome(AirflowExport(ExportExample.flights()).text())
        defer { home.folder.remove() }
        let seen = try await home.ask(Self.look)
        #expect(seen["errors"] == [:])
        let dag = try #require(seen["dags"]?["flights.nightly"])
        let tasks = try #require(dag["tasks"]?.object)
        #expect(
            tasks.mapValues { $0["after"]?.array?.compactMap(\.string) ?? [] } == [
                "ingest_fetch": [], "clean": ["ingest_fetch"], "months.list": ["clean"], "months": ["months.list"],
                "report.when": ["clean", "months"], "report": ["report.when"],
            ])
        #expect(tasks["ingest_fetch"]?["name"] == "ingest/fetch")
        #expect(tasks["ingest_fetch"]?["owner"] == "forecasting")
        #expect(tasks["ingest_fetch"]?["retries"] == 3)
        #expect(tasks["ingest_fetch"]?["delays"]?.array?.map(\.double) == [1, 2, 60])
        #expect(tasks["clean"]?["owner"] == "data")
        #expect(tasks["clean"]?["timeout"]?.double == 600)
        #expect(tasks["clean"]?["slots"] == 2)
    }

    @Test func `Airflow makes up for missed runs as the schedule says`() async throws {
        let schedule = { (name: String, missed: ExportSchedule.Missed) in
            ExportSchedule(name: name, cron: "0 3 * * *", zone: "America/New_York", missed: missed)
        }
        let since = try #require(Timestamp("2026-01-01"))
        let graph = try ExportGraph(
            project: "p", steps: [ExportStep(name: "a", command: ["true"])],
            schedules: [schedule("latest", .latest), schedule("all", .all(since: since)), schedule("skip", .skip)])
        let home = try AirflowHome(AirflowExport(graph).text())
        defer { home.folder.remove() }
        let seen = try await home.ask(Self.look)
        #expect(seen["errors"] == [:])
        let next = { (name: String) in seen["dags"]?["p.\(name)"]?["next"]?.string.flatMap(Timestamp.init) }
        // The run before was that of 10 November, 03:00 in New York.
        #expect(next("all") == Timestamp("2026-11-11T08:00:00Z"))
        for name in ["latest", "skip"] { #expect(try #require(next(name)) > .now - .seconds(2 * 86_400)) }
        #expect(seen["dags"]?["p.skip"]?["on_time"] == [false, true, true])
    }

    @Test func `Airflow runs an export, and every word of a command arrives as it was`() async throws {
        let out = try TemporaryFolder()
        defer { out.remove() }
        let home = try AirflowHome(AirflowExport(ExportExample.hostileGraph(writingTo: out.path)).text())
        defer { home.folder.remove() }
        let migration = try await home.run("airflow", ["db", "migrate"])
        #expect(migration.status == 0, "\(migration.errors.suffix(3_000))")
        let run = try await home.run("airflow", ["dags", "test", "fl_ge_x_1_0"])
        #expect(run.status == 0, "\(run.output.suffix(3_000))\(run.errors.suffix(3_000))")

        var expected = [
            "in_first_1_0": "success", "each_x_1.list": "success", "each_x_1_2.list": "success", "each_x_1_2": "skipped",
            "join": "success", "yes.when": "success", "yes": "success", "no.when": "success", "no": "skipped", "after_no": "skipped",
            // Passed over although what is before it counts as skipped either way.
            "never.list": "skipped", "never": "skipped", "after_never": "skipped",
        ]
        for index in ExportExample.hostile.indices { expected["each_x_1 \(index)"] = "success" }
        #expect(try await home.states() == expected)

        let written = { (file: String) in
            let text = String(decoding: FileManager.default.contents(atPath: "\(out.path)/\(file)") ?? Data(), as: UTF8.self)
            return text.split(separator: "\u{1}", omittingEmptySubsequences: false).dropLast().map(String.init)
        }
        #expect(written("first") == ExportExample.hostile)
        #expect(written("each").sorted() == ExportExample.hostile.sorted())
        #expect(written("join") == ["joined"])
        #expect(written("yes") == ["yes"])
        #expect(!FileManager.default.fileExists(atPath: "\(out.path)/none"))
        #expect(!FileManager.default.fileExists(atPath: "\(out.path)/no"))
    }
}
