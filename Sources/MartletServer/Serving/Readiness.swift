import Synchronization

/// Whether new requests should be sent to this server: false before it listens and once it drains.
final class Readiness: Sendable {
    private let flag = Atomic<Bool>(false)

    var isReady: Bool {
        get { flag.load(ordering: .acquiring) }
        set { flag.store(newValue, ordering: .releasing) }
    }
}
