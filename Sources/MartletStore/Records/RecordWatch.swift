import Dispatch
import Glibc

/// Tells of commits to a home's records, whichever process made them, and costs nothing while there are none.
///
/// Who commits touches a file, of which the kernel tells (inotify(7)). Every few seconds it is told all the same, for file systems that tell
/// of nothing, and where that file was made anew.
package final class RecordWatch: Sendable {
    /// How long a change may stay untold where the kernel says nothing.
    package static let intervalMax = Duration.seconds(5)

    private let cancel: @Sendable () -> Void

    /// - Parameter changed: is called at once, after each commit, which it can read, and in between for no reason.
    package convenience init(_ records: RecordStore, _ changed: @escaping @Sendable () -> Void) {
        self.init(records, atLeastEvery: Self.intervalMax, changed)
    }

    init(_ records: RecordStore, atLeastEvery interval: Duration, _ changed: @escaping @Sendable () -> Void) {
        let path = RecordStore.changePath(records.path)
        let queue = DispatchQueue(label: "martlet.records.watch")
        let descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        let timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .now(), repeating: .seconds(Int(interval.components.seconds)), leeway: .milliseconds(500))
        timer.setEventHandler {
            // Of the same file once more, this changes nothing.
            if descriptor >= 0 { _ = inotify_add_watch(descriptor, path, UInt32(IN_ATTRIB)) }
            changed()
        }
        timer.activate()
        guard descriptor >= 0 else {
            cancel = Self.canceller([timer])
            return
        }
        let events = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        events.setEventHandler {
            var bytes = [UInt8](repeating: 0, count: 4_096)
            while read(descriptor, &bytes, bytes.count) > 0 {}
            changed()
        }
        events.setCancelHandler { close(descriptor) }
        events.activate()
        cancel = Self.canceller([timer, events])
    }

    deinit { cancel() }

    /// Dispatch's sources may be cancelled from any thread, which their type does not say.
    private static func canceller(_ sources: [any DispatchSourceProtocol]) -> @Sendable () -> Void {
        nonisolated(unsafe) let sources = sources
        return { for source in sources { source.cancel() } }
    }
}
