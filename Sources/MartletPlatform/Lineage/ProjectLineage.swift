package import MartletCore
package import MartletPipeline
import Synchronization

/// Tells what a run of a project reads and makes, as events of OpenLineage.
///
/// It hears what the runner tells, from several tasks at once, and answers the events that follow from it. What cannot be found out, such as
/// where the columns of a table come from, is noted in the event; it never fails a run.
package final class ProjectLineage: Sendable {
    private let events: OpenLineageEvent
    private let datasets: LineageDatasets
    private let graph: StepGraph
    private let accounts: [String: Account]
    private let names: LineageNames
    /// What is under way: the steps as they were told to begin.
    private let begun = Mutex<[StepID: LineageStep]>([:])

    package init(_ platform: Platform, _ graph: StepGraph, _ run: RunRecord) {
        let project = platform.project
        events = OpenLineageEvent(
            of: LineageRun(
                id: run.id, project: project.name, pipeline: project.name, owner: project.owner,
                nominalTime: run.cause.nominalTime.map { LineageRun.NominalTime(start: $0) }, engineVersion: Platform.version))
        names = LineageNames(project)
        datasets = LineageDatasets(platform, names)
        accounts = project.accounts
        self.graph = graph
    }

    // MARK: The run

    /// The event of the run's beginning.
    package func began(at time: Timestamp) -> JSONValue { events.pipeline(.started, at: time) }

    /// The event of the run's end.
    package func ended(_ result: Result<PipelineRunner.Outcome, any Error>, at time: Timestamp) -> JSONValue {
        let state: LineageState =
            switch result {
            case .failure(is CancellationError): .aborted(reason: nil)
            case .failure(let error): .failed(message: "\(error)")
            case .success(let outcome) where outcome.isGood: .completed
            case .success(let outcome) where outcome.steps.values.contains(.cancelled): .aborted(reason: outcome.stop)
            case .success(let outcome): .failed(message: outcome.message ?? "")
            }
        return events.pipeline(state, at: time)
    }

    // MARK: Steps

    /// The events that follow from what happened to a step; none for one that was not run.
    package func events(of event: PipelineRunner.Event, at time: Timestamp) -> [JSONValue] {
        switch event {
        case .started(let id, _, let reasons): return started(id, reasons).map { [events.step($0, .started, at: time)] } ?? []
        case .finished(let id, let execution): return finished(id, execution, at: time)
        case .settled(let id, .failed(let failure)), .settled(let id, .quarantined(let failure)):
            return failed(id, .failed(message: failure.message), at: time)
        case .settled(let id, .cancelled): return failed(id, .aborted(reason: nil), at: time)
        default: return []
        }
    }

    /// - Returns: `nil` where it was told already, as a further attempt is no further run of its job.
    private func started(_ id: StepID, _ reasons: [String]) -> LineageStep? {
        guard let step = graph[id.step] else { return nil }
        var told = LineageStep(
            name: id.step, instance: id.partition.isWhole ? nil : id.partition.description, kind: names.kind(of: id.step),
            owner: accounts[id.step]?.owner, sql: datasets.sql(of: id.step), reasons: reasons)
        told.inputs = datasets.inputs(of: step, contents: nil)
        if case .command(let work) = step.work {
            told.outputs = work.outputs.keys.sorted().map { LineageDataset(name: names.output($0, of: id.step)) }
        }
        let new = told
        return begun.withLock { begun in
            guard begun[id] == nil else { return nil }
            begun[id] = new
            return new
        }
    }

    private func finished(_ id: StepID, _ execution: StepExecution, at time: Timestamp) -> [JSONValue] {
        guard let step = graph[id.step], var told = begun.withLock({ $0.removeValue(forKey: id) }) else { return [] }
        told.key = execution.key
        told.usage = execution.usage.json
        let contents = execution.keyParts["inputs"]?.object ?? [:]
        told.inputs = datasets.inputs(of: step, contents: contents)
        told.outputs = datasets.outputs(of: execution, contents: contents)
        return [events.step(told, .completed, at: time)]
    }

    /// A step that never began has no run that could end.
    private func failed(_ id: StepID, _ state: LineageState, at time: Timestamp) -> [JSONValue] {
        begun.withLock { $0.removeValue(forKey: id) }.map { [events.step($0, state, at: time)] } ?? []
    }
}
