import MartletStore

/// Follows the pointers of a home, and tells the history that a server lives, until cancelled.
struct PointerFollower: Sendable {
    /// How often the records are looked at for a pointer that moved.
    static let pollInterval = Duration.milliseconds(200)
    /// How often the history is told that this server lives.
    static let heartbeatInterval = Duration.seconds(2)

    private let records: RecordStore
    private let refresh: @Sendable () async throws -> Void
    private let heartbeat: @Sendable () throws -> Void
    private let report: @Sendable (String) -> Void

    /// - Parameters:
    ///   - refresh: follows the pointers; called when the records have changed, and may take long.
    ///   - heartbeat: a sign of life for all that is answered.
    ///   - report: is told once of each new reason why the records cannot be followed.
    init(
        records: RecordStore, refresh: @escaping @Sendable () async throws -> Void, heartbeat: @escaping @Sendable () throws -> Void,
        report: @escaping @Sendable (String) -> Void
    ) {
        self.records = records
        self.refresh = refresh
        self.heartbeat = heartbeat
        self.report = report
    }

    /// Follows until cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await Self.again(every: Self.heartbeatInterval, trouble: Self.trouble, report: report) { try heartbeat() } }
            group.addTask {
                var seen: Int?
                await Self.again(every: Self.pollInterval, trouble: Self.trouble, report: report) {
                    let counter = try records.changeCounter()
                    guard counter != seen else { return }
                    try await refresh()
                    seen = counter
                }
            }
        }
    }

    private static let trouble = "the records cannot be followed"

    /// Works again and again until cancelled, and tells of what fails once for each new reason.
    static func again(
        every interval: Duration, trouble: String, report: (String) -> Void, _ work: () async throws -> Void
    ) async {
        var reported: String?
        while !Task.isCancelled {
            do {
                try await work()
                reported = nil
            } catch {
                let message = "\(trouble): \(error)"
                if message != reported { report(message) }
                reported = message
                try? await Task.sleep(for: heartbeatInterval)  // cancelled: the loop ends
            }
            try? await Task.sleep(for: interval)  // cancelled: the loop ends
        }
    }
}
