import Synchronization

/// What went on record a moment ago, so that who does the same again and again does not write each time.
final class RecentNotes: Sendable {
    /// How long the same is not noted again.
    static let interval = Duration.seconds(60)
    /// The most that are remembered; beyond it all are forgotten.
    static let countMax = 10_000

    private let notedAt = Mutex<[String: ContinuousClock.Instant]>([:])

    /// Whether something has to be noted; from now on it was.
    func admit(_ text: String) -> Bool {
        notedAt.withLock { notedAt in
            let now = ContinuousClock.now
            if let before = notedAt[text], before.duration(to: now) < Self.interval { return false }
            if notedAt.count >= Self.countMax { notedAt = [:] }
            notedAt[text] = now
            return true
        }
    }
}
