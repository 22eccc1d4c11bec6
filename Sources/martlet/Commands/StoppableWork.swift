import Glibc
import MartletServer

/// Work that SIGINT and SIGTERM cancel, so that what it began ends and is on record, rather than end with this program.
enum StoppableWork {
    /// How long what was cancelled may take to end. A command has half of it, and is killed then; a step of Martlet's own may not
    /// look.
    private static let endingMax = Duration.seconds(20)

    /// Runs work to its end. A SIGINT after that, or the end of that time, ends this program, and all that its guards watch.
    /// - Parameter stops: told of the first signal; says whether there is anything to end, as else this program ends at once.
    static func run(stops: @escaping @Sendable () -> Bool, _ work: @escaping @Sendable () async throws -> Void) async throws {
        try await StopSignal.watching { stop in
            // Not a child of this task: it alone is cancelled. Its end is awaited below.
            let task = Task { try await work() }
            let watch = Task {
                guard await stop.wait() != 0 else { return }
                guard stops() else { _exit(ExitStatus.interrupted.rawValue) }
                task.cancel()
                await withTaskGroup(of: Void.self) { group in
                    // 'martlet up' passes on as SIGTERM what its terminal may have sent to all.
                    group.addTask { while await stop.wait() == SIGTERM {} }
                    // Cancelled is as good as over.
                    group.addTask { try? await Task.sleep(for: endingMax) }
                    await group.next()
                    if !Task.isCancelled { _exit(ExitStatus.interrupted.rawValue) }
                    group.cancelAll()
                }
            }
            defer { watch.cancel() }
            try await task.value
        }
    }
}
