import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct AirflowExportTests {
    @Test func `a project becomes a file of Airflow that people can read`() throws {
        #expect(try AirflowExport(ExportExample.flights()).text() == Self.flights)
    }

    private static let flights = ##"""
        """The project 'flights' for Airflow 3, with its standard provider.

        Written by 'martlet export airflow': change the project and export it again, not this file. Each task runs one step with
        martlet, which skips what it has done already. A task takes as many slots of its pool as its step takes cores: give
        'default_pool' as many slots as the workers have cores.
        """

        import json
        import subprocess
        from datetime import timedelta
        from functools import partial

        from airflow.providers.standard.operators.bash import BashOperator
        from airflow.providers.standard.operators.python import ShortCircuitOperator
        from airflow.sdk import CronTriggerTimetable, DAG


        def holds(*command):
            """Whether a command writes 'true': what comes after it runs only then."""
            return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip() == "true"


        with DAG(
            dag_id="flights.nightly",
            schedule=CronTriggerTimetable("0 3 * * *", timezone="America/New_York"),
            catchup=False,
            max_active_runs=1,
            default_args={"owner": "forecasting"},
            tags=["martlet"],
        ) as dag:
            tasks = {}
            tasks["ingest_fetch"] = BashOperator(
                task_id="ingest_fetch",
                bash_command="exec /bin/martlet step ingest/fetch --project /srv/flights",
                task_display_name="ingest/fetch",
                skip_on_exit_code=None,
                do_xcom_push=False,
                retries=3,
                retry_delay=timedelta(seconds=1),
                retry_exponential_backoff=2,
                max_retry_delay=timedelta(seconds=60),
            )
            tasks["clean"] = BashOperator(
                task_id="clean",
                bash_command="exec /bin/martlet step clean --project /srv/flights",
                skip_on_exit_code=None,
                do_xcom_push=False,
                owner="data",
                resources={"cpus": 2, "ram": 2148, "gpus": 1},
                pool_slots=2,
                execution_timeout=timedelta(seconds=600),
            )
            tasks["months.list"] = BashOperator(
                task_id="months.list",
                bash_command="list=$(/bin/martlet instances months --project /srv/flights) || exit 1; printf '%s\\n' \"$list\"",
                output_processor=json.loads,
                skip_on_exit_code=None,
            )
            tasks["months"] = BashOperator.partial(
                task_id="months",
                bash_command="exec /bin/martlet step months --project /srv/flights --instance \"$MARTLET_ELEMENT\"",
                append_env=True,
                skip_on_exit_code=None,
                do_xcom_push=False,
            ).expand(env=tasks["months.list"].output.map(lambda element: {"MARTLET_ELEMENT": element}))
            tasks["report.when"] = ShortCircuitOperator(
                task_id="report.when",
                python_callable=partial(holds, "/bin/martlet", "condition", "report", "--project", "/srv/flights"),
                trigger_rule="none_failed",
            )
            tasks["report"] = BashOperator(
                task_id="report",
                bash_command="exec /bin/martlet step report --project /srv/flights",
                skip_on_exit_code=None,
                do_xcom_push=False,
            )

            tasks["ingest_fetch"] >> tasks["clean"]
            tasks["clean"] >> tasks["months.list"]
            tasks["months"] >> tasks["report.when"]
            tasks["clean"] >> tasks["report.when"]
            tasks["report.when"] >> tasks["report"]

        """##
    private func text(_ step: ExportStep, missed: ExportSchedule.Missed? = nil) throws -> String {
        let schedules = missed.map { [ExportSchedule(name: "s", cron: "0 3 * * *", zone: "UTC", missed: $0)] } ?? []
        return try AirflowExport(ExportGraph(project: "p", steps: [step], schedules: schedules)).text()
    }

    @Test(arguments: [["a", "{{ x }}"], ["a", "{% x"], ["a", "{#"], ["{", "{"], ["a{{", "'{{'\\"], ["a", "\u{600}{% x"]])
    func `no word of a command is a template to Jinja`(command: [String]) throws {
        let text = try text(ExportStep(name: "a", command: command, condition: command, elements: command))
        for line in text.split(separator: "\n") where line.contains("bash_command") {
            for mark in ["{{", "{%", "{#"] { #expect(!line.unicodeScalars.contains(mark.unicodeScalars), "\(line)") }
        }
    }

    @Test(arguments: ["run.sh", "x.bash"]) func `a command that ends like a file's name is not taken for one`(word: String) throws {
        #expect(try text(ExportStep(name: "a", command: ["sh", word])).contains(#"bash_command="exec sh '\#(word)'""#))
    }

    @Test func `what is missed is made up for as the schedule says`() throws {
        let step = ExportStep(name: "a", command: ["true"])
        let all = try text(step, missed: .all(since: Timestamp(microseconds: 1_767_225_600_000_000)))
        #expect(all.contains(#"start_date=datetime.fromisoformat("2026-01-01T00:00:00.000000+00:00"),"#))
        #expect(all.contains("catchup=True"))
        #expect(all.contains("from datetime import datetime\n"))
        let latest = try text(step, missed: .latest)
        #expect(latest.contains("catchup=False"))
        #expect(!latest.contains("on_time"))
        let skip = try text(step, missed: .skip)
        #expect(skip.contains("catchup=False"))
        #expect(skip.contains(#"tasks["on_time"] >> tasks["a"]"#))
    }

    @Test func `a step is not kept back by an empty list`() throws {
        let list = ExportStep(name: "list", command: ["x"], elements: ["l"])
        let join = ExportStep(name: "join", command: ["x"], upstream: ["list"])
        let last = ExportStep(name: "last", command: ["x"], upstream: ["join"])
        let text = try AirflowExport(ExportGraph(project: "p", steps: [list, join, last])).text()
        #expect(text.matches(of: /trigger_rule="none_failed"/).count == 1)
    }

    @Test func `a program that ends with 99 has failed, and is not skipped`() throws {
        let text = try text(ExportStep(name: "a", command: ["true"]))
        #expect(text.contains("skip_on_exit_code=None"))
    }

    @Test func `only what is used is imported`() throws {
        let text = try text(ExportStep(name: "a", command: ["true"]))
        #expect(!text.contains("import json"))
        #expect(!text.contains("datetime"))
        #expect(!text.contains("CronTriggerTimetable"))
    }

    @Test func `the same graph becomes the same text`() throws {
        let graph = try ExportExample.hostileGraph(writingTo: "/x")
        #expect(try AirflowExport(graph).text() == AirflowExport(graph).text())
    }
}
