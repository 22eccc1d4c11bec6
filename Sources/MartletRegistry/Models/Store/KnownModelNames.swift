import Synchronization

/// The names of models that were read a moment ago, so that not every request reads them.
final class KnownModelNames: Sendable {
    /// How long a change by another process may go unnoticed.
    static let freshness = Duration.seconds(1)
    /// The most that are remembered; beyond it all are forgotten.
    static let countMax = 10_000

    private struct State {
        var change = 0
        var entries: [RegisteredModelID: Entry] = [:]
    }

    private struct Entry {
        let name: String
        let readAt: ContinuousClock.Instant
    }

    private let state = Mutex(State())

    subscript(id: RegisteredModelID) -> String? {
        state.withLock { state in
            guard let entry = state.entries[id], entry.readAt.duration(to: .now) < Self.freshness else { return nil }
            return entry.name
        }
    }

    /// Counts what was renamed and deleted.
    var change: Int { state.withLock { $0.change } }

    /// - Parameter change: what was counted before the name was read; one that a rename may have overtaken is not remembered.
    func remember(_ name: String, of id: RegisteredModelID, asOf change: Int) {
        state.withLock { state in
            guard state.change == change else { return }
            if state.entries.count >= Self.countMax { state.entries = [:] }
            state.entries[id] = Entry(name: name, readAt: .now)
        }
    }

    /// To be called behind each rename and deletion.
    func forget() {
        state.withLock { state in
            state.change += 1
            state.entries = [:]
        }
    }
}
