import Foundation
import Glibc
package import MartletCore

/// Runs attempts on this machine.
package struct LocalExecutor: Executor {
    package let name = "local"
    private let commands: CommandRunner?

    /// - Parameter commands: runs those steps that are commands; `nil` where there are none.
    package init(commands: CommandRunner? = nil) { self.commands = commands }

    package func capacity() async -> Resources { Machine.resources }

    package func run(_ attempt: StepAttempt) async -> AttemptResult {
        switch attempt.step.work {
        case .action(let action): await perform(action, attempt)
        case .command(let command):
            await commands?.run(command, attempt)
                ?? AttemptResult(.failure(StepFailure(.start, "step '\(attempt.id)' is a command, and nothing here runs commands")))
        }
    }

    package func hasLeftover(_ id: StepID, _ key: Digest) async -> Bool { commands?.hasLeftover(key) ?? false }

    package func forget(_ attempt: StepAttempt) async {
        if case .command = attempt.step.work { commands?.clean(attempt.key) }
    }

    package func tidy() async { commands?.tidy() }

    /// A step of this program reads blobs itself.
    package func readsRecorded(_ attempt: StepAttempt) -> Bool { if case .action = attempt.step.work { true } else { false } }

    private func perform(_ action: @Sendable (StepContext) async throws -> StepResult, _ attempt: StepAttempt) async -> AttemptResult {
        let threads = StepThreads()
        let meter = ProcessMeter.shared.begin(threads)
        defer { withExtendedLifetime(threads) {} }
        do {
            // Work that computes for long would hold up what everything else of this program runs on.
            let result = try await withTaskExecutorPreference(threads) { try await action(attempt.context) }
            return AttemptResult(.success(result), usage: ProcessMeter.shared.end(meter))
        } catch {
            return AttemptResult(.failure(StepFailure(of: error)), usage: ProcessMeter.shared.end(meter), error: error)
        }
    }
}
