import MartletCore
import MartletTesting
import Synchronization
import Testing

@testable import MartletPipeline

@Suite struct LineageEmitterTests {
    /// A sink in memory that may refuse, or wait until it is let go or cancelled.
    private final class Sink: LineageSink {
        let name: String
        let batchCountMax = 4
        let events = Mutex<[JSONValue]>([])
        private let refuses: @Sendable (JSONValue) -> Bool
        private let isStuck: Bool

        init(_ name: String, isStuck: Bool = false, refuses: @escaping @Sendable (JSONValue) -> Bool = { _ in false }) {
            self.name = name
            self.isStuck = isStuck
            self.refuses = refuses
        }

        func deliver(_ events: [JSONValue]) async throws {
            if isStuck { try await Task.sleep(for: .seconds(1_000)) }
            if events.contains(where: refuses) { throw MartletError(.unavailable, "refused") }
            self.events.withLock { $0 += events }
        }
    }

    private static let events = (0..<11).map { JSONValue.integer($0) }

    @Test func `every sink gets all events in their order`() async throws {
        let sinks = [Sink("one"), Sink("two")]
        let (result, reports) = await LineageEmitter.run(to: sinks) { emitter in
            for event in Self.events { emitter.emit(event) }
            return 7
        }
        #expect(try result.get() == 7)
        for sink in sinks { #expect(sink.events.withLock(\.self) == Self.events) }
        #expect(reports.map(\.deliveredCount) == [11, 11])
        #expect(reports.allSatisfy { $0.warning == nil })
    }

    @Test func `a sink that fails is counted and told, and touches neither the run nor another sink`() async throws {
        let (bad, good) = (Sink("bad") { _ in true }, Sink("good"))
        let (result, reports) = await LineageEmitter.run(to: [bad, good]) { emitter in
            for event in Self.events { emitter.emit(event) }
        }
        #expect(throws: Never.self) { try result.get() }
        #expect(reports[0].failedCount == 11)
        #expect(reports[0].warning == "11 of 11 events of lineage did not reach bad: refused; the run is not touched by that")
        #expect(good.events.withLock(\.self) == Self.events)
    }

    @Test func `a body that throws has its events delivered`() async throws {
        let sink = Sink("one")
        let (result, _) = await LineageEmitter.run(to: [sink]) { emitter in
            emitter.emit("start")
            throw MartletError(.engine, "the run failed")
        }
        #expect(throws: MartletError.self) { try result.get() }
        #expect(sink.events.withLock(\.self) == ["start"])
    }

    @Test func `a run that is cancelled has its events delivered`() async throws {
        let sink = Sink("one")
        let run = Task {
            await LineageEmitter.run(to: [sink]) { emitter in
                withUnsafeCurrentTask { $0?.cancel() }
                emitter.emit("abort")
                try Task.checkCancellation()
            }
        }
        let (result, _) = await run.value
        #expect(throws: CancellationError.self) { try result.get() }
        #expect(sink.events.withLock(\.self) == ["abort"])
    }

    @Test func `a sink that is stuck is left after its time`() async throws {
        let (stuck, good) = (Sink("stuck", isStuck: true), Sink("good"))
        let (_, reports) = await LineageEmitter.run(to: [stuck, good], sleep: { _ in }) { emitter in
            for event in Self.events { emitter.emit(event) }
        }
        #expect(reports[0].deliveredCount == 0)
        #expect(reports[0].failedCount + reports[0].droppedCount == 11)
        #expect(reports[0].warning != nil)
    }

    @Test func `what finds the queue full is counted`() async throws {
        var limits = LineageEmitter.Limits()
        limits.queueCountMax = 3
        let stuck = Sink("stuck", isStuck: true)
        let (_, reports) = await LineageEmitter.run(to: [stuck], limits: limits, sleep: { _ in }) { emitter in
            for event in Self.events { emitter.emit(event) }
        }
        #expect(reports[0].failedCount + reports[0].droppedCount == 11)
        #expect(reports[0].droppedCount >= 4)
    }
}
