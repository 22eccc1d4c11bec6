import Glibc
import Synchronization

/// What steps of this program use, which share its process.
final class ProcessMeter: Sendable {
    static let shared = ProcessMeter()

    private struct State {
        var shares = ProcessShares()
        var threads: [Int: StepThreads] = [:]
        var stepCount = 0
    }

    private static let blockSizeBytes = 512

    private let state = Mutex(State())
    private let beganAt = ContinuousClock.now

    /// A step begins. - Returns: its number, for its end.
    func begin(_ threads: StepThreads) -> Int {
        state.withLock { state in
            state.stepCount += 1
            state.shares.begin(state.stepCount, at: reading(state.threads))
            state.threads[state.stepCount] = threads
            return state.stepCount
        }
    }

    /// A step ends. - Returns: what it used.
    func end(_ step: Int) -> StepUsage {
        state.withLock { state in
            let usage = state.shares.end(step, at: reading(state.threads))
            state.threads[step] = nil
            return usage
        }
    }

    private func reading(_ threads: [Int: StepThreads]) -> ProcessShares.Reading {
        var reading = ProcessShares.Reading()
        reading.seconds = beganAt.duration(to: .now) / .seconds(1)
        reading.ownCPUSeconds = threads.mapValues(\.cpuSeconds)
        var used = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &used)
        reading.cpuSeconds = Self.seconds(used.ru_utime) + Self.seconds(used.ru_stime)
        reading.residentBytes = ProcessFiles.status(getpid())?.residentBytes ?? 0
        reading.storageReadBytes = used.ru_inblock * Self.blockSizeBytes
        reading.storageWrittenBytes = used.ru_oublock * Self.blockSizeBytes
        return reading
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}
