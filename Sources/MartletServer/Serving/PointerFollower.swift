import MartletStore

/// Follows the pointers of a home, and tells the history that a server lives, until cancelled.
struct PointerFollower: Sendable {
    /// How long records that change all the time are left alone between two looks for a pointer that moved.
    static let pauseBetweenLooks = Duration.milliseconds(200)
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
                let (changes, changed) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
                await Self.again(after: changes, of: records, changed, report: report) {
                    let counter = try records.changeCounter()
                    guard counter != seen else { return }
                    try await refresh()
                    seen = counter
                }
            }
        }
    }

    private static let trouble = "the records cannot be followed"

    /// Works whenever the records may have changed, or somebody else asks for it, until cancelled.
    static func again(
        after changes: AsyncStream<Void>, of records: RecordStore, _ changed: AsyncStream<Void>.Continuation, report: (String) -> Void,
        _ work: () async throws -> Void
    ) async {
        let watch = RecordWatch(records) { changed.yield() }
        var reported: String?
        for await _ in changes {
            reported = await attempt(trouble, reported, report, work)
            try? await Task.sleep(for: pauseBetweenLooks)  // cancelled: the loop ends
        }
        withExtendedLifetime(watch) {}
    }

    /// Works again and again until cancelled, and tells of what fails once for each new reason.
    static func again(
        every interval: Duration, trouble: String, report: (String) -> Void, _ work: () async throws -> Void
    ) async {
        var reported: String?
        while !Task.isCancelled {
            reported = await attempt(trouble, reported, report, work)
            try? await Task.sleep(for: interval)  // cancelled: the loop ends
        }
    }

    /// - Returns: what was told of the failure, for the next attempt; `nil` where there was none.
    private static func attempt(
        _ trouble: String, _ reported: String?, _ report: (String) -> Void, _ work: () async throws -> Void
    ) async -> String? {
        do {
            try await work()
            return nil
        } catch {
            let message = "\(trouble): \(error)"
            if message != reported { report(message) }
            try? await Task.sleep(for: heartbeatInterval)  // cancelled: the loop ends
            return message
        }
    }
}
