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
            return try AirflowDAG(id: names.name(for: graph.project + suffix), graph: graph, part: part).lines()
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
        let standard =
            (uses("=json.") ? ["import json"] : []) + (times.isEmpty ? [] : ["from datetime import \(times.joined(separator: ", "))"])
        lines += standard + (standard.isEmpty ? [] : [""]) + ["from airflow.providers.standard.operators.bash import BashOperator"]
        lines += ["from airflow.sdk import " + (graph.schedules.isEmpty ? "DAG" : "CronTriggerTimetable, DAG")]
        return lines
    }
}

/// One DAG of the file.
private struct AirflowDAG {
    /// Arguments of a call, as Python has them.
    typealias Settings = [(name: String, value: String)]

    let id: String
    let graph: ExportGraph
    let part: ExportGraph.Part
    /// The tasks of steps, by the names of the steps.
    private let tasks: [String: String]
    private var names = ExportNames(AirflowExport.names)
    /// The steps that may be passed over, since they or a step before them have a condition.
    private let conditional: Set<String>

    init(id: String, graph: ExportGraph, part: ExportGraph.Part) {
        self.id = id
        self.graph = graph
        self.part = part
        var tasks: [String: String] = [:]
        for step in part.steps { tasks[step.name] = names.name(for: step.name) }
        self.tasks = tasks
        conditional = part.conditional
    }

    func lines() throws -> [String] {
        var dag = self
        return try dag.write()
    }

    private mutating func write() throws -> [String] {
        var body: [[String]] = []
        var edges: [(String, String)] = []
        let guardTask = part.schedule?.missed == .skip ? names.name(for: "on_time") : nil
        if let guardTask { body.append(onTime(guardTask)) }
        for step in part.steps {
            let task = self.task(step)
            var before = step.upstream.uniqued().map { self.task(named: $0) }
            if before.isEmpty, let guardTask { before = [guardTask] }
            var rule = self.rule(step)
            if let condition = step.condition {
                let check = names.name(for: step.name, suffix: ".when")
                body.append(try self.check(check, condition, step, rule))
                edges += before.map { ($0, check) }
                (before, rule) = ([check], [])
            }
            if let elements = step.elements {
                let list = names.name(for: step.name, suffix: ".list")
                body.append(try self.list(list, elements, step, rule))
                edges += before.map { ($0, list) }
                body.append(try mapped(task, step, over: list))
            } else {
                body.append(try single(task, step, rule))
                edges += before.map { ($0, task) }
            }
        }
        let arrows = edges.map { "    tasks[\(QuotedText.of($0))] >> tasks[\(QuotedText.of($1))]" }
        return opening + (["    tasks = {}"]) + body.flatMap { $0 } + (arrows.isEmpty ? [] : [""] + arrows)
    }

    private func task(_ step: ExportStep) -> String { task(named: step.name) }

    private func task(named name: String) -> String {
        guard let task = tasks[name] else { preconditionFailure("a step that is not in its own part") }
        return task
    }
}

// MARK: - The DAG

extension AirflowDAG {
    private var opening: [String] {
        var arguments = [("dag_id", QuotedText.of(id))]
        let name = [graph.project, part.schedule?.name].compactMap { $0 }.joined(separator: ".")
        if name != id { arguments.append(("dag_display_name", QuotedText.of(name))) }
        if let schedule = part.schedule {
            arguments.append(
                ("schedule", "CronTriggerTimetable(\(QuotedText.of(schedule.cron)), timezone=\(QuotedText.of(schedule.zone)))"))
            if case .all(let since) = schedule.missed {
                // The letter Z is read from Python 3.11 on only.
                let time = since.description.replacing("Z", with: "+00:00")
                arguments += [("start_date", "datetime.fromisoformat(\(QuotedText.of(time)))"), ("catchup", "True")]
            } else {
                arguments.append(("catchup", "False"))
            }
        } else {
            arguments.append(("schedule", "None"))
        }
        arguments.append(("max_active_runs", "1"))
        if let owner = graph.owner { arguments.append(("default_args", "{\"owner\": \(QuotedText.of(owner))}")) }
        arguments.append(("tags", "[\"martlet\"]"))
        return ["with DAG("] + arguments.map { "    \($0)=\($1)," } + [") as dag:"]
    }

    /// Airflow makes up for the last missed run where it does not make up for all: this task passes over the steps of one that is late.
    private func onTime(_ task: String) -> [String] {
        let environment = [
            "\"RUN_TYPE\": \"{{ dag_run.run_type }}\"", "\"RUN_AFTER\": \"{{ dag_run.run_after.timestamp() | int }}\"",
        ]
        let late = "(( $(date +%s) - RUN_AFTER > \(AirflowExport.onTimeSecondsMax) ))"
        return call(
            "BashOperator", task,
            [
                ("bash_command", QuotedText.of("if [[ $RUN_TYPE == scheduled ]] && \(late); then exit 99; fi")),
                ("env", "{\(environment.joined(separator: ", "))}"), ("append_env", "True"), ("do_xcom_push", "False"),
            ])
    }
}

// MARK: - Tasks

extension AirflowDAG {
    private func single(_ task: String, _ step: ExportStep, _ rule: Settings) throws -> [String] {
        let command = [("bash_command", QuotedText.of("exec " + (try AirflowShell.line(step.command))))]
        return call("BashOperator", task, command + settings(task, step) + rule)
    }

    /// The elements come through the environment: what Airflow maps over is no template to it, and no word of the shell's.
    private func mapped(_ task: String, _ step: ExportStep, over list: String) throws -> [String] {
        let line = "exec " + (try AirflowShell.line(step.command)) + #" "$MARTLET_ELEMENT""#
        var lines = call(
            "BashOperator.partial", task, [("bash_command", QuotedText.of(line)), ("append_env", "True")] + settings(task, step))
        lines.removeLast()
        let environment = "tasks[\(QuotedText.of(list))].output.map(lambda element: {\"MARTLET_ELEMENT\": element})"
        return lines + ["    ).expand(env=\(environment))"]
    }

    private func list(_ task: String, _ command: [String], _ step: ExportStep, _ rule: Settings) throws -> [String] {
        call(
            "BashOperator", task,
            [
                ("bash_command", QuotedText.of("exec " + (try AirflowShell.line(command)))), ("output_processor", "json.loads"),
                ("skip_on_exit_code", "None"),
            ] + owner(step) + retry(step) + rule)
    }

    private func check(_ task: String, _ command: [String], _ step: ExportStep, _ rule: Settings) throws -> [String] {
        let line = "answer=$(\(try AirflowShell.line(command))) || exit 1; [[ ${answer##*$'\\n'} == true ]] || exit 99"
        let settings = [("bash_command", QuotedText.of(line)), ("do_xcom_push", "False")]
        return call("BashOperator", task, settings + owner(step) + retry(step) + rule)
    }

    private func settings(_ task: String, _ step: ExportStep) -> Settings {
        var settings: Settings = []
        if task != step.name { settings.append(("task_display_name", QuotedText.of(step.name))) }
        // By itself Airflow takes 99 for the wish to be skipped; of a program that knows nothing of it, 99 is a failure.
        settings += [("skip_on_exit_code", "None"), ("do_xcom_push", "False")]
        return settings + owner(step) + resources(step) + retry(step)
    }

    /// For the first task of a step: a list without elements counts as skipped before it, and must not keep it back; where a condition
    /// could have had the same effect, it must.
    private func rule(_ step: ExportStep) -> Settings {
        let upstream = Set(step.upstream)
        let isFree = conditional.isDisjoint(with: upstream) && !part.mayBeEmpty.isDisjoint(with: upstream)
        return isFree ? [("trigger_rule", "\"none_failed\"")] : []
    }

    private func owner(_ step: ExportStep) -> Settings { step.owner.map { [("owner", QuotedText.of($0))] } ?? [] }

    private func resources(_ step: ExportStep) -> Settings {
        let resources = step.resources
        var amounts: [String] = []
        if let cores = resources.cores { amounts.append("\"cpus\": \(Self.number(cores))") }
        // Airflow counts memory in MB.
        if let bytes = resources.memoryBytes { amounts.append("\"ram\": \((bytes + 999_999) / 1_000_000)") }
        if let accelerators = resources.accelerators { amounts.append("\"gpus\": \(accelerators)") }
        var settings: Settings = amounts.isEmpty ? [] : [("resources", "{\(amounts.joined(separator: ", "))}")]
        if let cores = resources.cores, cores > 1 { settings.append(("pool_slots", "\(Int64(cores.rounded(.up)))")) }
        if let time = resources.time { settings.append(("execution_timeout", Self.interval(time))) }
        return settings
    }

    private func retry(_ step: ExportStep) -> Settings {
        guard let retry = step.retry, retry.count > 0 else { return [] }
        var settings = [("retries", "\(retry.count)"), ("retry_delay", Self.interval(retry.wait))]
        if retry.factor != 1 { settings.append(("retry_exponential_backoff", Self.number(retry.factor))) }
        if let most = retry.waitMax { settings.append(("max_retry_delay", Self.interval(most))) }
        return settings
    }

    private func call(_ name: String, _ task: String, _ arguments: Settings) -> [String] {
        let key = QuotedText.of(task)
        return ["    tasks[\(key)] = \(name)("] + ([("task_id", key)] + arguments).map { "        \($0)=\($1)," } + ["    )"]
    }

    private static func interval(_ duration: Duration) -> String { "timedelta(seconds=\(number(duration / .seconds(1))))" }

    private static func number(_ value: Double) -> String { Int64(exactly: value).map(String.init) ?? "\(value)" }
}
