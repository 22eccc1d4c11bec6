import MartletStore

/// A version of a prompt.
package struct PromptVersion: Sendable, Equatable {
    package var name: String
    package var version: Int64

    /// Makes one.
    package init(_ name: String, version: Int64) {
        self.name = name
        self.version = version
    }
}

extension TraceStore {
    /// The most traces that are linked to a run at once.
    package static let linkCountMax = 100

    /// Links traces to a run, whether they are there or not.
    package func link(_ traces: [String], toRun run: String) async throws {
        guard traces.count <= Self.linkCountMax else {
            throw TrackingFault(
                .invalidParameterValue,
                "Cannot link more than \(Self.linkCountMax) traces to a run in a single request. Provided \(traces.count) traces.")
        }
        guard !traces.isEmpty else { return }
        try await tracking.write { session in for trace in traces { try session.link(trace, .run, run) } }
    }

    /// Links versions of prompts to a trace.
    package func link(_ prompts: [PromptVersion], toTrace trace: String) async throws {
        guard !prompts.isEmpty else { return }
        try await tracking.write { session in
            _ = try session.traceRow(trace)
            for prompt in prompts { try session.link(trace, .prompt, "\(prompt.name)/\(prompt.version)") }
        }
    }
}

extension TrackingSession {
    func link(_ trace: String, _ kind: TraceLink, _ target: String) throws {
        try connection.execute(
            "INSERT INTO trace_links (kind, target, trace) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [.integer(kind.rawValue), .text(target), .text(trace)])
    }
}
