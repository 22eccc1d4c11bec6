import MartletCore
import MartletPipeline

extension ProjectPipeline {
    /// Runs a graph and tells its lineage to the home's file and to where the platform sends it. What does not get there is a warning.
    func run(
        _ graph: StepGraph, as record: RunRecord, by runner: PipelineRunner, options: PipelineRunner.Options,
        observe: @escaping @Sendable (PipelineRunner.Event) -> Void
    ) async throws -> PipelineRunner.Outcome {
        let lineage = ProjectLineage(platform, graph, record)
        let sinks: [any LineageSink] = [LineageFile(home: platform.home)] + platform.lineageSinks
        let (result, reports) = await LineageEmitter.run(to: sinks) { emitter in
            emitter.emit(lineage.began(at: record.startedAt))
            let result: Result<PipelineRunner.Outcome, any Error>
            do {
                let outcome = try await runner.run(graph, as: record, options: options) { event in
                    observe(event)
                    lineage.events(of: event, at: .now).forEach(emitter.emit)
                }
                result = .success(outcome)
            } catch {
                result = .failure(error)
            }
            emitter.emit(lineage.ended(result, at: .now))
            return try result.get()
        }
        for warning in reports.compactMap(\.warning) { observe(.warning(warning)) }
        return try result.get()
    }
}
