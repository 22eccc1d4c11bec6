import Dispatch
import Synchronization

/// Holds threads up until it is opened; from then on all pass.
package final class Gate: Sendable {
    private let opened = DispatchSemaphore(value: 0)
    private let waiting = Atomic<Int>(0)

    /// Makes a closed gate.
    package init() {}

    /// How many wait.
    package var waitingCount: Int { waiting.load(ordering: .acquiring) }

    /// Opens it for good.
    package func open() { opened.signal() }

    /// Waits until it is open.
    package func pass() {
        waiting.wrappingAdd(1, ordering: .acquiringAndReleasing)
        opened.wait()
        // One opening is for all.
        opened.signal()
        waiting.wrappingSubtract(1, ordering: .acquiringAndReleasing)
    }
}
