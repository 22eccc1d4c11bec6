import MartletCore

/// The spans of one trace that came together, and what they tell of it.
struct SpanBatch {
    let trace: String
    private(set) var spans: [StoredSpan] = []
    /// Of the first service that tells any.
    private(set) var resource: [SpanAttribute] = []

    init(_ trace: String) { self.trace = trace }

    mutating func add(_ span: StoredSpan, _ resource: [SpanAttribute]) {
        spans.append(span)
        if self.resource.isEmpty { self.resource = resource }
    }

    /// The batches of some spans, in the order in which their traces come first.
    /// - Throws: where a span cannot be one of MLflow's.
    static func batches(of groups: [ReceivedSpans]) throws(SpanFlaw) -> [SpanBatch] {
        var batches: [SpanBatch] = []
        var places: [String: Int] = [:]
        for group in groups {
            for received in group.spans {
                let span = try StoredSpan(received, resource: group.resource)
                if places[span.trace] == nil {
                    places[span.trace] = batches.count
                    batches.append(SpanBatch(span.trace))
                }
                if let place = places[span.trace] { batches[place].add(span, group.resource) }
            }
        }
        return batches
    }

    /// Milliseconds since 1970 UTC.
    var startedAt: Int64 { (spans.map(\.startedAt).min() ?? 0) / 1_000_000 }

    /// Milliseconds since 1970 UTC; `nil` where no span has ended.
    var endedAt: Int64? { spans.map(\.endedAt).max().flatMap { $0 > 0 ? $0 / 1_000_000 : nil } }

    /// The last root; of the state, the first tells.
    var root: StoredSpan? { spans.last { $0.parent == nil } }

    /// The state that a root tells.
    var state: TraceInfo.State? { spans.first { $0.parent == nil }.map { $0.status == .error ? .error : .ok } }

    /// A text that a span has in the first of some attributes.
    func text(_ keys: String...) -> String? {
        for span in spans {
            for key in keys {
                guard let json = span.attribute(key), json != "\"\"" else { continue }
                return PythonJSON.unquoted(json) ?? json
            }
        }
        return nil
    }

    /// The tags that the service and the root give to the trace; the root's come last and count.
    var tags: [KeyedText] {
        let own = resource.distinct.filter { !$0.key.hasPrefix("telemetry.sdk.") && !$0.key.hasPrefix("mlflow.") }
            .map { attribute -> KeyedText in
                guard case .text(let text) = attribute.value else { return KeyedText(attribute.key, attribute.value.json) }
                return KeyedText(attribute.key, text)
            }
        let roots = spans.filter { $0.parent == nil }.flatMap(\.attributes).filter { $0.key.hasPrefix(SpanTranslation.tagPrefix) }
        return own
            + roots.map {
                KeyedText(String($0.key.dropFirst(SpanTranslation.tagPrefix.count)), PythonJSON.unquoted($0.value) ?? $0.value)
            }
    }

    var nodes: [UsageNode] {
        spans.map { span in UsageNode(id: span.id, parent: span.parent) { span.attribute($0) } }
    }
}
