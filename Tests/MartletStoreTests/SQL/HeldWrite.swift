import Dispatch
import MartletTesting
import Synchronization

/// A write that keeps the writing thread until it is let go, so that others gather behind it.
final class HeldWrite: Sendable {
    private let isHeld = Atomic(false)
    private let semaphore = DispatchSemaphore(value: 0)

    /// Within the write.
    func hold() {
        isHeld.store(true, ordering: .releasing)
        // Whoever was to let it go may have failed.
        _ = semaphore.wait(timeout: .now() + .seconds(120))
    }

    func waitUntilHeld() async throws { try await waitUntil("the write runs") { isHeld.load(ordering: .acquiring) } }

    func release() { semaphore.signal() }
}
