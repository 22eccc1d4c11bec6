package import MartletCore
import Synchronization

/// The release that answers now. Reading it takes a lock for an instant; whoever holds the value keeps it alive until done,
/// so a swap never disturbs a request that runs.
package final class ReleaseSwitch<Loaded: Sendable>: Sendable {
    package struct Position: Sendable {
        package let release: Digest
        package let loaded: Loaded
    }

    private let position = Mutex<Position?>(nil)

    package init() {}

    /// What answers now; `nil` before the first swap.
    package var current: Position? { position.withLock { $0 } }

    /// Lets another release answer from now on. - Returns: the one that answered before.
    @discardableResult
    package func swap(to release: Digest, _ loaded: Loaded) -> Digest? {
        position.withLock { position in
            defer { position = Position(release: release, loaded: loaded) }
            return position?.release
        }
    }
}
