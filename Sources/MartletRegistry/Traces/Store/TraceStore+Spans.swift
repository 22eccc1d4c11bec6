import MartletCore
import MartletStore

extension TraceStore {
    /// Takes spans, all or none; traces that are not there yet are made. A span that comes again takes the place of its first.
    /// - Parameters:
    ///   - run: what traces whose root came are linked to.
    ///   - mayChange: whether what is known of a trace of an experiment may be changed.
    /// - Throws: also `SpanFlaw`, where a span cannot be one of MLflow's.
    package func log(
        _ groups: [ReceivedSpans], experiment: String, run: String? = nil, mayChange: @escaping @Sendable (Int64) -> Bool = { _ in true }
    ) async throws {
        let batches = try SpanBatch.batches(of: groups)
        guard !batches.isEmpty else { return }
        let experiment = try TrackingStore.experimentID(parsing: experiment)
        // A tag that MLflow would not take is left out, since the client did not ask for it.
        let tags = batches.map { batch in batch.tags.compactMap { try? self.checked(tag: $0) } }
        try await tracking.write { session in
            for (batch, tags) in zip(batches, tags) {
                if let known = try session.optionalTraceRow(batch.trace) { try Self.check(known, mayChange) }
                try session.log(batch, tags, experiment)
                if let run, batch.state != nil { try session.link(batch.trace, .run, run) }
            }
        }
    }
}

extension TrackingSession {
    /// - Parameter tags: of the batch, as far as they may be stored.
    fileprivate func log(_ batch: SpanBatch, _ tags: [KeyedText], _ experiment: Int64) throws {
        let known = try optionalTraceRow(batch.trace)
        let row = try known ?? makeTrace(batch, experiment)
        for span in batch.spans { try insert(SpanRow(span), row.number) }
        let isFinal = try known != nil && text(TraceKey.isFinal, .metadata, row.number) != nil
        try update(row, batch, isFinal: isFinal)
        for usage in TraceUsage.allCases { try sum(usage, batch, row.number, isFinal: isFinal) }
        try setOnce(TraceKey.session, batch.text("session.id", "gen_ai.conversation.id"), row.number)
        try setOnce(TraceKey.user, batch.text("user.id"), row.number)
        for tag in tags { try setText(tag, .tags, row.number) }
        try setText(KeyedText(TraceKey.spansLocation, Self.spansAreHere), .tags, row.number)
    }

    static let spansAreHere = "TRACKING_STORE"

    private func makeTrace(_ batch: SpanBatch, _ experiment: Int64) throws -> TraceRow {
        let location = try artifactLocation(experiment)
        let number = try insert(
            TraceInfo(
                id: batch.trace, experiment: experiment, startedAt: batch.startedAt, duration: batch.endedAt.map { $0 - batch.startedAt },
                state: batch.state ?? .inProgress))
        let place = KeyedText(TraceKey.artifactLocation, ArtifactLocation(location).artifacts(ofTrace: batch.trace))
        try setText(place, .tags, number)
        return try traceRow(batch.trace)
    }

    /// A span that is there already is replaced.
    func insert(_ span: SpanRow, _ trace: Int64) throws {
        try connection.execute(
            """
            INSERT INTO trace_spans (trace, id, parent, name, type, status, started_at, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (trace, id) DO UPDATE SET parent = excluded.parent, name = excluded.name, type = excluded.type,
                status = excluded.status, started_at = excluded.started_at, content = excluded.content
            """,
            [
                .integer(trace), .text(span.id), .optional(span.parent), .text(span.name), .optional(span.type), .text(span.status),
                .integer(span.startedAt), .text(span.content),
            ])
    }

    /// What spans tell of a trace widens its time, and fills what is not known yet.
    private func update(_ row: TraceRow, _ batch: SpanBatch, isFinal: Bool) throws {
        var info = row.info
        if !isFinal {
            let end = [batch.endedAt, info.duration.map { info.startedAt &+ $0 }].compactMap(\.self).max()
            info.startedAt = min(info.startedAt, batch.startedAt)
            info.duration = end.map { $0 &- info.startedAt }
        }
        if info.state == .inProgress || info.state == .unspecified { info.state = batch.state ?? info.state }
        if let root = batch.root {
            info.requestPreview = info.requestPreview ?? root.preview(SpanTranslation.inputs, role: "user")
            info.responsePreview = info.responsePreview ?? root.preview(SpanTranslation.outputs, role: "assistant")
        }
        if info != row.info { _ = try update(row, info) }
    }

    /// Sums over all spans of the trace, unless its client told the sum.
    private func sum(_ usage: TraceUsage, _ batch: SpanBatch, _ trace: Int64, isFinal: Bool) throws {
        let own = batch.nodes
        guard own.contains(where: { $0.numbers[usage] != nil }) else { return }
        let known = try text(usage.rawValue, .metadata, trace)
        guard !isFinal || known == nil else { return }
        let ids = Set(own.map(\.id))
        let all = own + (try nodes(of: trace, usage)).filter { !ids.contains($0.id) }
        if let text = usage.sum(all).flatMap(usage.text) { try setText(KeyedText(usage.rawValue, text), .metadata, trace) }
    }

    /// All spans of a trace; contents are read of those only that may tell something.
    private func nodes(of trace: Int64, _ usage: TraceUsage) throws -> [UsageNode] {
        try connection.all(
            "SELECT id, parent, CASE WHEN content LIKE ? THEN content END FROM trace_spans WHERE trace = ?",
            [.text("%\"\(usage.attribute)\"%"), .integer(trace)]
        ) { row in
            // What cannot be read tells nothing of tokens.
            let content = row.optionalText(2).flatMap { try? PythonValue(parsing: $0, as: "a span") }
            return UsageNode(id: row.text(0), parent: row.optionalText(1)) { content?["attributes"]?[$0]?.string }
        }
    }

    private func setOnce(_ key: String, _ value: String?, _ trace: Int64) throws {
        guard let value, try text(key, .metadata, trace) == nil else { return }
        let pair = KeyedText(key, value)
        try TraceStore.checkSession([pair])
        try setText(pair, .metadata, trace)
    }

    static func areSpansKept(of info: TraceInfo) -> Bool {
        info.tags.contains { $0.key == TraceKey.spansLocation && $0.value == spansAreHere }
    }

    /// The contents of a trace's spans. - Throws: where they are not in this store.
    func spans(of row: TraceRow, _ info: TraceInfo) throws -> [String] {
        guard Self.areSpansKept(of: info) else {
            throw TrackingFault(.internalError, "Trace data not stored in tracking store")
        }
        return try connection.all(
            """
            SELECT content FROM trace_spans WHERE trace = ?
            ORDER BY CASE WHEN parent IS NULL THEN 0 ELSE 1 END, started_at, id
            """, [.integer(row.number)]
        ) { $0.text(0) }
    }
}

/// A span as its table has it.
struct SpanRow: Sendable {
    var id: String
    var parent: String?
    var name: String
    var type: String?
    /// MLflow's word for it.
    var status: String
    var startedAt: Int64
    var content: String
}

extension SpanRow {
    fileprivate init(_ span: StoredSpan) {
        self.init(
            id: span.id, parent: span.parent, name: span.name, type: span.type, status: span.status.name, startedAt: span.startedAt,
            content: span.content)
    }
}

extension StoredSpan {
    fileprivate func preview(_ key: String, role: String) -> String? {
        attribute(key).map { TracePreview.text($0, role: role) }
    }
}
