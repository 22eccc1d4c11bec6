/// How long steps take and what is set aside for them, by earlier runs and by what attempts of this one taught.
struct StepNeeds {
    private let graph: StepGraph
    private let estimates: [StepID: StepEstimate]
    private let capacity: Resources
    /// Of this run.
    private var learned: [StepID: StepEstimate] = [:]

    /// - Parameter capacity: all that there is.
    init(_ graph: StepGraph, estimates: [StepID: StepEstimate], capacity: Resources) {
        (self.graph, self.estimates, self.capacity) = (graph, estimates, capacity)
    }

    func seconds(of id: StepID) -> Double? { estimate(of: id)?.seconds }

    func resources(of id: StepID) -> Resources { (graph[id.step]?.demand ?? Demand()).resources(estimate(of: id), of: capacity) }

    /// What is set aside for the next attempt, where the last one taught something.
    mutating func next(of id: StepID, after failure: StepFailure, _ usage: StepUsage) -> Resources? {
        guard failure.kind == .memory else { return nil }
        var estimate = estimate(of: id) ?? StepEstimate()
        estimate.memoryReachedBytes = max(estimate.memoryReachedBytes ?? 0, usage.memoryPeakBytes)
        learned[id] = estimate
        return resources(of: id)
    }

    private func estimate(of id: StepID) -> StepEstimate? { learned[id] ?? estimates[id] ?? estimates[StepID(id.step)] }
}
