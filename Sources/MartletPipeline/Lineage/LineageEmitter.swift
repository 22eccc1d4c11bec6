package import MartletCore
import Synchronization

/// Brings events to sinks beside a run, which never waits for a sink and never fails with one.
///
/// What a sink does not take is counted, and its first failure is told.
package final class LineageEmitter: Sendable {
    /// What bounds a run's events.
    package struct Limits: Sendable {
        /// How many events wait for one sink; what comes on top is dropped, counted and told.
        package var queueCountMax = 10_000
        /// How long after the run the sinks may take for what waits.
        package var drainAtMost = Duration.seconds(15)

        package init() {}
    }

    /// What became of a sink's events.
    package struct Report: Sendable, Equatable {
        package let sink: String
        package var deliveredCount = 0
        package var failedCount = 0
        /// Those that found the queue full, or the time up.
        package var droppedCount = 0
        /// The first failure's message.
        package var failure: String?

        /// A sentence where not all was delivered.
        package var warning: String? {
            let lost = failedCount + droppedCount
            guard lost > 0 else { return nil }
            let reason = failure.map { ": \($0)" } ?? ": it is too slow"
            return "\(lost) of \(deliveredCount + lost) events of lineage did not reach \(sink)\(reason); the run is not touched by that"
        }
    }

    private struct Outlet: Sendable {
        let sink: any LineageSink
        let queue: LineageQueue
    }

    private let outlets: [Outlet]
    private let reports: Mutex<[Report]>

    private init(_ sinks: [any LineageSink], _ limits: Limits) {
        outlets = sinks.map { Outlet(sink: $0, queue: LineageQueue(countMax: limits.queueCountMax)) }
        reports = Mutex(sinks.map { Report(sink: $0.name) })
    }

    /// Runs a body that emits events; afterwards the sinks have `drainAtMost` to take what waits.
    /// - Parameter sleep: waits for that time.
    /// - Returns: what became of the body, and of the events, by sink. Where the body throws or is cancelled, its events are delivered too.
    package static func run<Value: Sendable>(
        to sinks: [any LineageSink], limits: Limits = Limits(),
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        _ body: (LineageEmitter) async throws -> Value
    ) async -> (result: Result<Value, any Error>, reports: [Report]) {
        let emitter = LineageEmitter(sinks, limits)
        // Not children of this task: that a run was cancelled is an event too. Their end is awaited below, in every case.
        let deliveries = emitter.outlets.indices.map { position in Task { await emitter.deliver(position) } }
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(emitter))
        } catch {
            result = .failure(error)
        }
        for outlet in emitter.outlets { outlet.queue.finish() }
        let timer = Task {
            try await sleep(limits.drainAtMost)
            for delivery in deliveries { delivery.cancel() }
        }
        for delivery in deliveries { await delivery.value }
        timer.cancel()
        return (result, emitter.reports.withLock(\.self))
    }

    /// Queues an event for each sink. Never waits.
    package func emit(_ event: JSONValue) {
        for (position, outlet) in outlets.enumerated() where !outlet.queue.put(event) {
            reports.withLock { $0[position].droppedCount += 1 }
        }
    }

    private func deliver(_ position: Int) async {
        let outlet = outlets[position]
        while !Task.isCancelled, let events = await outlet.queue.next(outlet.sink.batchCountMax) {
            do {
                try await outlet.sink.deliver(events)
                reports.withLock { $0[position].deliveredCount += events.count }
                await outlet.queue.rest(for: outlet.sink.rest)
            } catch {
                let message = "\(error)"
                reports.withLock { reports in
                    reports[position].failedCount += events.count
                    reports[position].failure = reports[position].failure ?? message
                }
            }
        }
        let left = outlet.queue.clear()
        reports.withLock { $0[position].droppedCount += left }
    }
}
