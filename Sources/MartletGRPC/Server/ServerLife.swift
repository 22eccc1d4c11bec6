#if GRPC
import MartletCore
import Synchronization

/// What the calls of one server share: how many run, and whether it stops.
final class ServerLife: Sendable {
    private let callCountMax: Int
    private let running = Atomic<Int>(0)
    private let drainingSince = Mutex<ContinuousClock.Instant?>(nil)
    /// Asked by every call, so that it takes no lock.
    private let draining = Atomic<Bool>(false)

    init(callCountMax: Int) { self.callCountMax = callCountMax }

    /// Whether the server takes no more calls and lets those that run finish.
    var isDraining: Bool { draining.load(ordering: .relaxed) }

    /// Begins to drain, unless that began before. - Returns: when it began.
    @discardableResult
    func beginDraining() -> ContinuousClock.Instant {
        draining.store(true, ordering: .relaxed)
        return drainingSince.withLock { since in
            let start = since ?? .now
            since = start
            return start
        }
    }

    /// How many inference requests run.
    var callCount: Int { running.load(ordering: .relaxed) }

    /// Counts an inference request that begins. - Throws: `overloaded` where there are as many as may be.
    func begin() throws {
        guard running.wrappingAdd(1, ordering: .relaxed).newValue <= callCountMax else {
            end()
            throw MartletError(
                .overloaded, "\(callCountMax) inference requests are under way, as many as may be; try again", retryAfterSeconds: 1)
        }
    }

    /// Counts an inference request that ends.
    func end() { running.wrappingSubtract(1, ordering: .relaxed) }
}
#endif
