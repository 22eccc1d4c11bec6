import MartletRegistry
import MartletStore
import MartletTesting

extension DatabaseKind {
    /// Runs a body with a new store of traces, whose clock stands at 1000 ms.
    @discardableResult
    func withTraces<Result>(
        clock: HandClock = HandClock(), isolation: isolated (any Actor)? = #isolation,
        _ body: (TraceStore, TrackingStore) async throws -> Result
    ) async throws -> Result {
        try await withStore(clock: clock) { store in try await body(try await TraceStore(store), store) }
    }
}

extension TraceStore {
    func found(_ filter: String = "", orders: [String] = [], experiments: [Int64] = [0]) async throws -> [String] {
        try await search(
            experiments: experiments, filter: SearchFilter(parsing: filter, of: .traces),
            orders: SearchOrder.orders(parsing: orders, of: .traces), limit: 100
        ).elements.map(\.id)
    }
}

extension ReceivedSpan {
    /// A span of the trace and with the identifier of a byte each. Times are seconds.
    static func made(
        _ name: String, trace: UInt8 = 1, id: UInt8, parent: UInt8? = nil, from: UInt64 = 10, to: UInt64 = 12, status: Status = .ok,
        _ attributes: KeyValuePairs<String, SpanValue> = [:]
    ) -> ReceivedSpan {
        var span = ReceivedSpan()
        span.name = name
        span.trace = [trace]
        span.id = [id]
        span.parent = parent.map { [$0] } ?? []
        span.startedAt = from * 1_000_000_000
        span.endedAt = to * 1_000_000_000
        span.status = status
        span.attributes = attributes.map { SpanAttribute($0.key, $0.value) }
        return span
    }

    /// The identifier of the trace that such a span belongs to.
    static func traceID(_ trace: UInt8 = 1) -> String { "tr-" + String(repeating: "0", count: 31) + String(trace) }
}

extension ReceivedSpans {
    init(_ spans: [ReceivedSpan], resource: KeyValuePairs<String, SpanValue> = [:]) {
        self.init()
        self.spans = spans
        self.resource = resource.map { SpanAttribute($0.key, $0.value) }
    }
}
