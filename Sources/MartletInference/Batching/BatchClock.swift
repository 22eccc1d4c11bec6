import Dispatch

/// A clock for batching: seconds on a scale of its own that never goes back, and calls at a time.
package protocol BatchClock: Sendable {
    /// Seconds since some fixed moment.
    var nowSeconds: Double { get }

    /// Calls a body once, on any thread, when a time has come or soon after, or earlier where it is over a day away; never within this call.
    func call(atSeconds time: Double, _ body: @escaping @Sendable () -> Void)
}

/// The system's monotonic clock.
package struct SystemBatchClock: BatchClock {
    /// A call that is further away is made after so many seconds: early, which does no harm.
    private static let delaySecondsMax = 86_400.0
    private static let queue = DispatchQueue(label: "martlet.batch-clock", qos: .userInteractive)

    package init() {}

    package var nowSeconds: Double { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }

    package func call(atSeconds time: Double, _ body: @escaping @Sendable () -> Void) {
        Self.queue.asyncAfter(deadline: .now() + min(max(0, time - nowSeconds), Self.delaySecondsMax), execute: body)
    }
}
