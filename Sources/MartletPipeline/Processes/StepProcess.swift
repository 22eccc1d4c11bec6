import Glibc
package import MartletCore
import Synchronization

/// How a command ended.
package struct StepProcessResult: Sendable {
    /// Why the step did not succeed; `nil` for a command that ended with status 0 within its limits.
    package let failure: StepFailure?
    package let usage: StepUsage
    /// How many processes the command left behind, which were killed.
    package let strayCount: Int
    /// The end of what it said, without its secrets, at most 2 KiB.
    package let lastWords: String
    /// Why its log is not whole; the step does not fail for that.
    package let logFault: MartletError?
}

/// Runs commands as steps: each in a session of its own, held to its limits, metered, its words kept, and stopped to the last grandchild.
///
/// A thread for each command waits on the kernel; no thread of Swift's own is held up.
package struct StepProcess: Sendable {
    /// How commands are stopped.
    package struct Options: Sendable {
        /// How long a command that was asked to end (SIGTERM) may take before it is killed.
        package var grace = Duration.seconds(10)
        /// How long killed processes are waited for; one that the kernel cannot end is left to it.
        package var killing = Duration.seconds(5)
        /// The longest between two looks at the command's processes.
        package var sampling = Duration.milliseconds(100)
        /// How many processes the kernel has killed because memory ran out.
        package var memoryKillCount: @Sendable () -> Int? = { ProcessFiles.memoryKillCount() }
        /// Where memory can be limited by the kernel; `nil` for nowhere.
        package var groups: StepCgroup.Place? = StepCgroup.Place.usual

        package init() {}
    }

    private let options: Options

    package init(options: Options = Options()) { self.options = options }

    /// Runs a command to its end; a cancelled task stops it, and its end is waited for.
    /// - Parameter observe: told how far the command says that it is, on the command's own thread.
    package func run(
        _ command: StepCommand, observe: @escaping @Sendable (StepProgress) -> Void = { _ in }
    ) async -> StepProcessResult {
        let stop: StopSwitch
        do {
            stop = try StopSwitch()
        } catch {
            return .notStarted(command, error)
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                ThreadPool.waiting.run { [options] in
                    continuation.resume(returning: StepSupervision.result(of: command, options, stop, observe))
                }
            }
        } onCancel: {
            stop.pull()
        }
    }
}

extension StepProcessResult {
    /// Nothing ran.
    static func notStarted(_ command: StepCommand, _ error: any Error) -> StepProcessResult {
        let failure = StepFailure(.start, "step '\(command.step)' could not begin: \(error)")
        return StepProcessResult(failure)
    }

    /// It may have done something: what is once-only is not begun again by itself.
    static func cutOff(_ command: StepCommand, _ error: any Error) -> StepProcessResult {
        StepProcessResult(StepFailure(.signal, "step '\(command.step)' was cut off as it began: \(error)"))
    }

    private init(_ failure: StepFailure) {
        self.init(failure: failure, usage: StepUsage(), strayCount: 0, lastWords: "", logFault: nil)
    }
}

/// Tells a thread that waits on descriptors to stop; once pulled it stays so.
final class StopSwitch: Sendable {
    /// Breaks when it is pulled.
    let reading: OwnedDescriptor
    private let writing: Mutex<OwnedDescriptor?>

    init() throws {
        let pipe = try OwnedDescriptor.pipe()
        reading = pipe.reading
        writing = Mutex(pipe.writing)
    }

    func pull() { writing.withLock { $0 = nil } }
}
