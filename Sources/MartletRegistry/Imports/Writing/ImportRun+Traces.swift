import MartletCore
import MartletStore

/// Traces with their spans, assessments and links.
extension ImportRun {
    mutating func bringTraces(_ keys: FreshKeys) async throws {
        let batch = try await source.traces(keys.all)
        leaveOut(.traces, batch.flaws)
        let known = try await withExperiments(.traces, batch.elements, \.info.experiment, \.info.id)
        let wanted = Set(keys.records)
        let traces = known.filter { wanted.contains($0.element.info.id) }.map { trace(of: $0.element, $0.experiment) }
        let isDry = isDry
        let bring: @Sendable (TrackingSession, ImportMarks) throws -> Int = { session, marks in
            var count = 0
            for trace in traces {
                let isHere = try session.optionalTraceRow(trace.info.id) != nil
                if !isHere { count += 1 }
                guard !isDry else { continue }
                if !isHere { try session.bring(trace) }
                let mark = ImportMark(origin: trace.artifacts.uri, experiment: trace.info.experiment)
                try marks.set(mark, ImportKind.traces.mark, trace.info.id)
            }
            return count
        }
        let count = isDry ? try await read(bring) : try await write(bring)
        report[ImportKind.traces.rawValue].brought += count
        report[ImportKind.traces.rawValue].present += traces.count - count
        for (trace, experiment) in known where keys.withoutFiles.contains(trace.info.id) {
            let target = location(trace.artifacts.uri, experiment) { $0.artifacts(ofTrace: trace.info.id) }
            try await bringFiles(trace.artifacts, to: target, in: experiment, isNeeded: trace.spans.isEmpty)
        }
    }

    private func trace(of source: SourceTrace, _ experiment: Int64) -> SourceTrace {
        var trace = source
        trace.info.experiment = experiment
        let target = location(source.artifacts.uri, experiment) { $0.artifacts(ofTrace: source.info.id) }
        trace.info.tags = source.info.tags.map { $0.key == TraceKey.artifactLocation ? KeyedText($0.key, target) : $0 }
        return trace
    }
}

extension TrackingSession {
    fileprivate func bring(_ trace: SourceTrace) throws {
        let number = try insert(trace.info)
        for tag in trace.info.tags { try setText(tag, .tags, number) }
        for pair in trace.info.metadata { try setText(pair, .metadata, number) }
        for assessment in trace.info.assessments {
            try insert(assessment, number, trace.info.id)
            if !assessment.isValid { _ = try setValid(false, assessment.id, trace: number) }
        }
        for span in trace.spans { try insert(span, number) }
        for run in trace.runs { try link(trace.info.id, .run, run) }
        for prompt in trace.prompts { try link(trace.info.id, .prompt, prompt) }
    }
}
