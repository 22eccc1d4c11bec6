import Foundation
import Glibc
import Synchronization

/// Threads for one step of this program, apart from those that decide what runs; it knows what processor time they took for it.
final class StepThreads: TaskExecutor {
    /// A piece of the step that a thread is at.
    private struct Piece {
        let clock: clockid_t
        let beganAt: Double
    }

    private struct State {
        var pieces: [Int: Piece] = [:]
        var pieceCount = 0
        /// Of pieces that are over.
        var cpuSeconds = 0.0
    }

    /// So many threads compute for steps, by processor: some wait for a disk.
    private static let threadsByProcessor = 2
    private static let pool = ThreadPool(countMax: threadsByProcessor * ProcessInfo.processInfo.activeProcessorCount)

    private let state = Mutex(State())

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        Self.pool.run {
            let number = self.begin()
            job.runSynchronously(on: self.asUnownedTaskExecutor())
            self.end(number)
        }
    }

    /// What threads took for the step so far, also those that are at it.
    var cpuSeconds: Double {
        // A thread cannot end meanwhile: its piece is taken away first, under the same lock.
        state.withLock { state in
            state.cpuSeconds + state.pieces.values.reduce(0) { $0 + max(0, Self.seconds($1.clock) - $1.beganAt) }
        }
    }

    private func begin() -> Int {
        var clock = clockid_t()
        guard pthread_getcpuclockid(pthread_self(), &clock) == 0 else { preconditionFailure("this thread has no clock") }
        return state.withLock { state in
            state.pieceCount += 1
            state.pieces[state.pieceCount] = Piece(clock: clock, beganAt: Self.seconds(clock))
            return state.pieceCount
        }
    }

    private func end(_ number: Int) {
        state.withLock { state in
            guard let piece = state.pieces.removeValue(forKey: number) else { return }
            state.cpuSeconds += max(0, Self.seconds(piece.clock) - piece.beganAt)
        }
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
