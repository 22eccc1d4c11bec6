import Dispatch
import Foundation
import Synchronization

/// Threads apart from those that all tasks share, which are as few as the processors: for work that waits on the kernel or computes for long.
///
/// Queues of Dispatch do not do: on Linux the concurrent ones run on the very threads that tasks do.
final class ThreadPool: Sendable {
    /// For work that waits, as many as there is such work.
    static let waiting = ThreadPool()

    /// So many that are done wait for the next work; others end.
    static let idleCountMax = 16

    typealias Work = @Sendable () -> Void

    private final class Worker: Sendable {
        let hasWork = DispatchSemaphore(value: 0)
        let work = Mutex<Work?>(nil)
    }

    private struct State {
        var idle: [Worker] = []
        var queue: [Work] = []
        var busyCount = 0
    }

    private let countMax: Int
    private let state = Mutex(State())

    /// - Parameter countMax: so many work at once; what comes then waits its turn.
    init(countMax: Int = .max) { self.countMax = countMax }

    /// How many threads wait for work.
    var idleCount: Int { state.withLock(\.idle.count) }

    /// Does something on one of the threads.
    func run(_ work: @escaping Work) {
        let worker: Worker? = state.withLock { state in
            guard state.busyCount < countMax else {
                state.queue.append(work)
                return nil
            }
            state.busyCount += 1
            return state.idle.popLast() ?? begun()
        }
        guard let worker else { return }
        worker.work.withLock { $0 = work }
        worker.hasWork.signal()
    }

    private func begun() -> Worker {
        let worker = Worker()
        let thread = Thread { self.serve(worker) }
        thread.name = "martlet-pool"
        thread.start()
        return worker
    }

    private func serve(_ worker: Worker) {
        repeat {
            worker.hasWork.wait()
            // What work holds is let go when it is done.
            worker.work.withLock { $0.take() }?()
            while let next = next() { next() }
        } while waits(worker)
    }

    private func next() -> Work? { state.withLock { $0.queue.isEmpty ? nil : $0.queue.removeFirst() } }

    /// Lets a worker wait, unless enough do or there is work after all. - Returns: whether it goes on.
    private func waits(_ worker: Worker) -> Bool {
        state.withLock { state in
            if !state.queue.isEmpty {
                worker.work.withLock { $0 = state.queue.removeFirst() }
                worker.hasWork.signal()
                return true
            }
            state.busyCount -= 1
            guard state.idle.count < Self.idleCountMax else { return false }
            state.idle.append(worker)
            return true
        }
    }
}
