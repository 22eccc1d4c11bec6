import MartletCore
import MartletPipeline
import Synchronization

/// A clock that goes only when somebody waits or sets it.
final class ManualClock: RunClock {
    private let time: Mutex<Timestamp>

    init(_ time: Timestamp) { self.time = Mutex(time) }

    var now: Timestamp { time.withLock { $0 } }

    func set(_ time: Timestamp) { self.time.withLock { $0 = time } }

    func wait(until time: Timestamp) async {
        self.time.withLock { $0 = max($0, time) }
        await Task.yield()
    }
}
