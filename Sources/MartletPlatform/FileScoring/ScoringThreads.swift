import Dispatch
import Foundation

/// Threads of one piece of work, all ended when it is.
enum ScoringThreads {
    /// As much as DuckDB's own threads have: its plans nest.
    private static let stackSizeBytes = 8 << 20

    /// Runs a body on several threads at once and waits for all. - Parameter tick: called on this thread ten times a second.
    static func run(count: Int, tick: () -> Void, _ body: @escaping @Sendable () -> Void) {
        let group = DispatchGroup()
        for _ in 0..<count {
            group.enter()
            let thread = Thread {
                body()
                group.leave()
            }
            thread.stackSize = stackSizeBytes
            thread.start()
        }
        while group.wait(timeout: .now() + .milliseconds(100)) == .timedOut { tick() }
        tick()
    }
}
