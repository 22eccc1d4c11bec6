package import MartletCore
package import MartletPipeline

/// The graph as other engines are told it.
extension ProjectPipeline {
    /// - Parameters:
    ///   - program: martlet's path where the steps will run.
    ///   - options: what `martlet step` needs to find the project and its home there.
    ///   - now: from when on missed times of schedules are made up for.
    /// - Throws: as `graph`; `specificationBroken` for what no other engine can be told.
    package func exported(program: String, options: [String], now: Timestamp) throws -> ExportGraph {
        let graph = try graph()
        let project = platform.project
        return try ExportGraph(
            project: project.name, owner: project.owner,
            steps: graph.steps.map { step in
                ExportStep(step, in: graph, owner: project.owner, command: [program, "step", step.name] + options)
            },
            schedules: schedules(now))
    }

    /// The project's schedules, by name.
    private func schedules(_ now: Timestamp) -> [ExportSchedule] {
        platform.project.schedules.sorted { $0.key < $1.key }.map { name, declared in
            ExportSchedule(name, declared.schedule, since: now, steps: declared.run)
        }
    }
}

extension ExportStep {
    /// - Parameter command: runs the step where it has one instance.
    fileprivate init(_ step: Step, in graph: StepGraph, owner: String?, command: [String]) {
        var resources = Resources(cores: step.demand.cores, memoryBytes: step.demand.memoryBytes, time: step.policy.timeLimit)
        if step.demand.accelerators > 0 { resources.accelerators = step.demand.accelerators }
        let isFannedOut = !step.fanOuts.isEmpty
        // Where each instance has a condition of its own, the command itself passes over what does not hold.
        let hasOneCondition = step.condition.map { graph[$0.step]?.keys.isDisjoint(with: step.keys) ?? true } ?? false
        self.init(
            name: step.name, command: command + (isFannedOut ? ["--instance"] : []), upstream: step.sources.sorted(),
            owner: step.account.owner == owner ? nil : step.account.owner, resources: resources,
            retry: step.policy.isOnceOnly ? nil : Retry(step.policy.retry), condition: hasOneCondition ? command + ["--condition"] : nil,
            elements: isFannedOut ? command + ["--list-instances"] : nil)
    }
}

extension ExportStep.Retry {
    /// `nil` where the policy tries once. That other engines tell kinds of failure apart is not to be expected.
    fileprivate init?(_ policy: RetryPolicy) {
        guard policy.times > 0 else { return nil }
        self.init(
            count: policy.times, wait: .seconds(policy.waitSeconds), factor: policy.factor, waitMax: .seconds(policy.waitMaxSeconds))
    }
}
