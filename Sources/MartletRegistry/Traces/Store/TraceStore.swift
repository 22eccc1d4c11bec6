import MartletStore

/// The record of traces, their spans and assessments, with MLflow's rules and refusals.
///
/// It lives in the database of a tracking store, whose experiments traces belong to. Its aspects are `TraceStore+Creation`, `+Spans`,
/// `+Assessments`, `+Links`, `+Deletion` and `+Search`.
/// - Throws: `TrackingFault` for what MLflow refuses, and what the database throws.
package final class TraceStore: Sendable {
    /// The longest identifier of a trace, in code points.
    static let idLengthMax = 250
    /// The longest name of a trace, in code points.
    static let nameLengthMax = 4096
    /// The longest name of a session, in code points.
    static let sessionLengthMax = 250
    /// The most traces that are asked for by their identifiers at once.
    package static let batchCountMax = 10_000

    let tracking: TrackingStore

    /// Brings the schema up to date. - Throws: `invalidInput` for a database of a newer martlet.
    package init(_ tracking: TrackingStore) async throws {
        self.tracking = tracking
        try await SQLMigration.migrate(TraceSchema.subject, by: TraceSchema.migrations, in: tracking.database)
    }

    /// A trace without its spans.
    package func info(_ id: String) async throws -> TraceInfo { try await tracking.read { try $0.traceInfo(id) } }

    /// Those of some traces that there are, in the order in which they are named first.
    /// - Parameter experiments: of which experiments; `nil` for all.
    package func infos(_ ids: [String], experiments: Set<Int64>? = nil) async throws -> [TraceInfo] {
        try Self.check(count: ids.count)
        return try await tracking.read { session in
            try session.complete(try session.traceRows(ids)).filter { experiments?.contains($0.experiment) ?? true }
        }
    }

    /// A trace with its spans.
    /// - Parameter allowsPartial: whether it may have fewer spans than its client told.
    package func trace(_ id: String, allowsPartial: Bool = false) async throws -> Trace {
        try await tracking.read { session in
            guard let row = try session.optionalTraceRow(id) else {
                throw TrackingFault(.resourceDoesNotExist, "Trace with ID \(id) is not found.")
            }
            let info = try session.complete([row])[0]
            let spans = try session.spans(of: row, info)
            guard allowsPartial || Self.isWhole(info, spans) else {
                throw TrackingFault(
                    .resourceDoesNotExist, "Trace with ID \(id) is not fully exported yet, please try again later.")
            }
            return Trace(info: info, spans: spans)
        }
    }

    /// A trace with the spans that are here by now; `nil` where its client keeps them as an artifact.
    package func keptSpans(_ id: String) async throws -> (info: TraceInfo, spans: [String]?) {
        try await tracking.read { session in
            guard let row = try session.optionalTraceRow(id) else {
                throw TrackingFault(.resourceDoesNotExist, "Trace with ID \(id) is not found.")
            }
            let info = try session.complete([row])[0]
            return (info, TrackingSession.areSpansKept(of: info) ? try session.spans(of: row, info) : nil)
        }
    }

    /// Those of some traces of which all spans are there.
    package func traces(_ ids: [String], experiments: Set<Int64>? = nil) async throws -> [Trace] {
        try Self.check(count: ids.count)
        return try await tracking.read { session in
            let rows = try session.traceRows(ids).filter { experiments?.contains($0.experiment) ?? true }
            return try zip(rows, session.complete(rows)).compactMap { row, info in
                let spans = try session.spans(of: row, info)
                return Self.isWhole(info, spans) ? Trace(info: info, spans: spans) : nil
            }
        }
    }

    static func check(count: Int) throws(TrackingFault) {
        guard count <= batchCountMax else {
            throw TrackingFault(
                .invalidParameterValue, "at most \(batchCountMax) traces can be asked for at once, found \(count); split it")
        }
    }

    /// Whether there are as many spans as the client told, and any.
    private static func isWhole(_ info: TraceInfo, _ spans: [String]) -> Bool {
        !spans.isEmpty && Int64(spans.count) >= (TraceUsage.spanCount(of: info) ?? 0)
    }

    /// A tag as it is stored.
    func checked(tag: KeyedText) throws(TrackingFault) -> KeyedText {
        try KeyRule.check(tag.key, path: "key")
        try KeyRule.checkLength(tag.key, "key")
        guard KeyRule.isLonger(tag.value, than: LogRules.tagValueLengthMax) else { return try Self.checked(name: tag) }
        guard tracking.options.truncatesLongValues else {
            throw TrackingFault(
                .invalidParameterValue, "'value' exceeds the maximum length of \(LogRules.tagValueLengthMax) characters")
        }
        let cut = String(String.UnicodeScalarView(tag.value.unicodeScalars.prefix(LogRules.tagValueLengthMax)))
        return try Self.checked(name: KeyedText(tag.key, cut))
    }

    /// Refuses a name that is too long.
    static func checked(name tag: KeyedText) throws(TrackingFault) -> KeyedText {
        if tag.key == TraceKey.name { try KeyRule.checkLength(tag.value, "Trace name", max: nameLengthMax) }
        return tag
    }
}
