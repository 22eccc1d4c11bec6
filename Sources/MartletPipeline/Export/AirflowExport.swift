import MartletCore

/// A graph as a file of Airflow: Python that makes a DAG for each schedule, with nothing but Airflow's standard operators.
package struct AirflowExport: Sendable {
    /// How long after its time a run still counts as on time, where missed ones are to be skipped.
    package static let onTimeSecondsMax = 300

    private let graph: ExportGraph

    package init(_ graph: ExportGraph) { self.graph = graph }

    /// The file. - Throws: `invalidInput` where a command cannot be written for a shell.
    package func text() throws -> String {
        var names = ExportNames(Self.names)
        let parts = try graph.parts.map { part in
            let suffix = part.schedule.map { ".\($0.name)" } ?? ""
            return try AirflowDAG(id: names.name(for: graph.project + suffix), graph: graph, part: part).lines
        }
        let body = parts.flatMap { ["", ""] + $0 }
        return (head(for: body) + body).joined(separator: "\n") + "\n"
    }

    /// What Airflow takes as the name of a DAG or a task.
    static let names = ExportNames.Rule(
        isAllowed: { "a"..."z" ~= $0 || "A"..."Z" ~= $0 || "0"..."9" ~= $0 || $0 == "_" || $0 == "-" || $0 == "." },
        isLowercase: false, substitute: "_", lengthMax: 250)

    /// What the file is, and the imports that it needs.
    private func head(for body: [String]) -> [String] {
        let uses = { (word: String) in body.contains { $0.contains(word) } }
        let project = QuotedText.of(graph.project).dropFirst().dropLast()
        var lines = [
            "\"\"\"The project '\(project)' for Airflow 3, with its standard provider.",
            "",
            "Written by 'martlet export airflow': change the project and export it again, not this file. Each task runs one step with",
            "martlet, which skips what it has done already. A task takes as many slots of its pool as its step takes cores: give",
            "'default_pool' as many slots as the workers have cores.",
            "\"\"\"",
            "",
        ]
        let times = (uses("=datetime.") ? ["datetime"] : []) + (uses("=timedelta(") ? ["timedelta"] : [])
        let (hasConditions, isPunctual) = (uses("=partial(holds"), uses("=on_time,"))
        let standard =
            (uses("=json.") ? ["import json"] : []) + (hasConditions ? ["import subprocess"] : []) + (isPunctual ? ["import time"] : [])
            + (times.isEmpty ? [] : ["from datetime import \(times.joined(separator: ", "))"])
            + (hasConditions ? ["from functools import partial"] : [])
        lines += standard + (standard.isEmpty ? [] : [""]) + ["from airflow.providers.standard.operators.bash import BashOperator"]
        if hasConditions || isPunctual { lines.append("from airflow.providers.standard.operators.python import ShortCircuitOperator") }
        lines += ["from airflow.sdk import " + (graph.schedules.isEmpty ? "DAG" : "CronTriggerTimetable, DAG")]
        return lines + (hasConditions ? Self.holds : []) + (isPunctual ? Self.onTime : [])
    }

    private static let holds = [
        "", "", "def holds(*command):", #"    """Whether a command writes 'true': what comes after it runs only then.""""#,
        #"    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip() == "true""#,
    ]

    /// Airflow makes up for the last missed run where it does not make up for all.
    private static let onTime = [
        "", "", "def on_time(dag_run):", #"    """Whether a run is no missed one that is made up for: what comes after runs only then.""""#,
        #"    return dag_run.run_type != "scheduled" or time.time() - dag_run.run_after.timestamp() <= \#(onTimeSecondsMax)"#,
    ]
}
