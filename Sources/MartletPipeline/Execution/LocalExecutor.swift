import Dispatch
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

    /// A step of this program reads blobs itself.
    package func readsRecorded(_ attempt: StepAttempt) -> Bool { if case .action = attempt.step.work { true } else { false } }

    private func perform(_ action: @Sendable (StepContext) async throws -> StepResult, _ attempt: StepAttempt) async -> AttemptResult {
        let meter = OwnUsage()
        do {
            // Work that computes for long would hold up what everything else of this program runs on.
            let result = try await withTaskExecutorPreference(WorkThreads.shared) { try await action(attempt.context) }
            return AttemptResult(.success(result), usage: meter.usage)
        } catch {
            return AttemptResult(.failure(StepFailure(of: error)), usage: meter.usage, error: error)
        }
    }
}

/// Threads for steps of this program, apart from those that decide what runs.
private final class WorkThreads: TaskExecutor {
    static let shared = WorkThreads()

    private let queue = DispatchQueue(label: "martlet.steps", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// What this machine has.
package enum Machine {
    /// What is left to the system and to this program.
    static let reserveBytes: Int64 = 512 << 20

    /// Its processors, and its memory but for a reserve.
    package static var resources: Resources {
        Resources(cores: Double(Processors.usableCount), memoryBytes: max(memoryBytes - reserveBytes, memoryBytes / 2))
    }

    /// What a container may use, or else what there is.
    static var memoryBytes: Int64 {
        let physical = Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE)))
        let limits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"].compactMap { path in
            FileManager.default.contents(atPath: path).flatMap {
                Int64(String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
            }
        }
        return limits.filter { $0 > 0 }.reduce(physical, min)
    }
}

/// What this process used since a moment.
struct OwnUsage {
    private let begin = ContinuousClock.now
    private let used = Self.now()

    private static func now() -> rusage {
        var used = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &used)
        return used
    }

    var usage: StepUsage {
        let now = Self.now()
        var usage = StepUsage()
        usage.wallSeconds = begin.duration(to: .now) / .seconds(1)
        usage.cpuSeconds =
            Self.seconds(now.ru_utime) + Self.seconds(now.ru_stime) - Self.seconds(used.ru_utime) - Self.seconds(used.ru_stime)
        // What the process has now, which other steps of it have a part in; its peak may be long ago.
        usage.memoryByteSeconds = Double(Self.residentBytes) * usage.wallSeconds
        usage.storageReadBytes = (now.ru_inblock - used.ru_inblock) * 512
        usage.storageWrittenBytes = (now.ru_oublock - used.ru_oublock) * 512
        usage.readBytes = usage.storageReadBytes
        usage.writtenBytes = usage.storageWrittenBytes
        return usage
    }

    private static var residentBytes: Int {
        let pages = FileManager.default.contents(atPath: "/proc/self/statm").flatMap {
            String(decoding: $0, as: UTF8.self).split(separator: " ").dropFirst().first.flatMap { Int($0) }
        }
        return (pages ?? 0) * sysconf(Int32(_SC_PAGESIZE))
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}
