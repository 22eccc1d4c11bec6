import MartletCore

/// One DAG of the file.
struct AirflowDAG {
    /// Arguments of a call, as Python has them.
    typealias Settings = [(name: String, value: String)]

    private let id: String
    private let graph: ExportGraph
    private let part: ExportGraph.Part
    /// The tasks of steps, by the names of the steps.
    private let tasks: [String: String]
    private var names = ExportNames(AirflowExport.names)
    private var body: [String] = []
    private var edges: [(before: String, after: String)] = []

    init(id: String, graph: ExportGraph, part: ExportGraph.Part) throws {
        self.id = id
        self.graph = graph
        self.part = part
        var tasks: [String: String] = [:]
        for step in part.steps { tasks[step.name] = names.name(for: step.name) }
        self.tasks = tasks
        let first = part.schedule?.missed == .skip ? names.name(for: "on_time") : nil
        if let first { body += call("ShortCircuitOperator", first, [("python_callable", "on_time")]) }
        for step in part.steps {
            try add(step, after: step.upstream.isEmpty ? first.map { [$0] } ?? [] : step.upstream.uniqued().map(task))
        }
    }

    var lines: [String] {
        let arrows = edges.map { "    tasks[\(QuotedText.of($0.before))] >> tasks[\(QuotedText.of($0.after))]" }
        return opening + ["    tasks = {}"] + body + (arrows.isEmpty ? [] : [""] + arrows)
    }

    /// A task for a step, and one before it for each of its condition and its list.
    private mutating func add(_ step: ExportStep, after upstream: [String]) throws {
        var before = upstream
        // A list without elements counts as skipped, and must not keep back what comes after it.
        var rule: Settings = part.mayBeEmpty.isDisjoint(with: step.upstream) ? [] : [("trigger_rule", "\"none_failed\"")]
        let chain = { (dag: inout AirflowDAG, task: String) in
            dag.edges += before.map { ($0, task) }
            (before, rule) = ([task], [])
        }
        if let condition = step.condition {
            let check = names.name(for: step.name, suffix: ".when")
            body += self.check(check, condition, step, rule)
            chain(&self, check)
        }
        guard let elements = step.elements else {
            body += try single(task(step.name), step, rule)
            return chain(&self, task(step.name))
        }
        let list = names.name(for: step.name, suffix: ".list")
        body += try self.list(list, elements, step, rule)
        chain(&self, list)
        // That a task is mapped over what another gives is an edge already.
        body += try mapped(task(step.name), step, over: list)
    }

    private func task(_ name: String) -> String {
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
        // Airflow takes the last line of all, also of what went to standard error: nothing comes after the list.
        let line = "list=$(\(try AirflowShell.line(command))) || exit 1; printf '%s\\n' \"$list\""
        return call(
            "BashOperator", task,
            [
                ("bash_command", QuotedText.of(line)), ("output_processor", "json.loads"),
                ("skip_on_exit_code", "None"),
            ] + owner(step) + retry(step) + rule)
    }

    /// Passes over all that comes after it, whatever their rules.
    private func check(_ task: String, _ command: [String], _ step: ExportStep, _ rule: Settings) -> [String] {
        let words = command.map(QuotedText.of).joined(separator: ", ")
        return call("ShortCircuitOperator", task, [("python_callable", "partial(holds, \(words))")] + owner(step) + retry(step) + rule)
    }

    private func settings(_ task: String, _ step: ExportStep) -> Settings {
        var settings: Settings = []
        if task != step.name { settings.append(("task_display_name", QuotedText.of(step.name))) }
        // By itself Airflow takes 99 for the wish to be skipped; of a program that knows nothing of it, 99 is a failure.
        settings += [("skip_on_exit_code", "None"), ("do_xcom_push", "False")]
        return settings + owner(step) + resources(step) + retry(step)
    }

    private func owner(_ step: ExportStep) -> Settings { step.owner.map { [("owner", QuotedText.of($0))] } ?? [] }

    private func resources(_ step: ExportStep) -> Settings {
        let resources = step.resources
        var amounts: [String] = []
        if let cores = resources.cores { amounts.append("\"cpus\": \(Self.number(cores))") }
        // Airflow counts memory in MB.
        if let bytes = resources.memoryBytes { amounts.append("\"ram\": \(bytes / 1_000_000 + (bytes % 1_000_000 > 0 ? 1 : 0))") }
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
