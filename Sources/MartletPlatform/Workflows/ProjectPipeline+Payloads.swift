import MartletCore
import MartletPipeline

/// What webhooks were sent, as steps read it.
extension ProjectPipeline {
    /// The same with what steps are to read of webhooks: of its trigger's, what the run is for; of others, what was run last.
    ///
    /// So a run by hand after that of an event finds everything fresh, and what failed is made again of what it failed on.
    func knowingPayloads(of cause: RunCause = RunCause()) async throws -> ProjectPipeline {
        guard platform.project.steps.values.contains(where: { !$0.payloads.isEmpty }) else { return self }
        let states = try await platform.tracking().pipelines.schedules()
        var pipeline = self
        for (name, trigger) in platform.project.triggers {
            guard case .webhook(let webhook) = trigger.event else { continue }
            let isOwn = cause.kind == .trigger && cause.name == name
            pipeline.payloads[webhook] = isOwn ? cause.payload : states[.trigger(name)]?.last?.firing.payload
        }
        return pipeline
    }
}
