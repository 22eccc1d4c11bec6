import Dispatch
import Foundation
import MartletCore
import Synchronization

/// The processes of one model: lends each to one call at a time, and starts those again that end.
///
/// A thread for each of them starts it, listens to it and sees it end. Threads and processes end after `close()`.
final class PythonWorkers: Sendable {
    /// A call that waits for a process, or for the first of them to be ready.
    private final class Waiter: Sendable {
        let result = Mutex<Result<PythonWorker, MartletError>?>(nil)
        let hasResult = DispatchSemaphore(value: 0)

        func give(_ value: Result<PythonWorker, MartletError>) {
            result.withLock { $0 = value }
            hasResult.signal()
        }
    }

    private struct State {
        /// Those that have not ended.
        var live: [PythonWorker] = []
        var idle: [PythonWorker] = []
        var waiting: [Waiter] = []
        /// How many threads wait before they start a process again, and why the last of them does.
        var pausingCount = 0
        var fault: MartletError?
        var isClosed = false
    }

    private let launch: PythonLaunch
    private let state = Mutex(State())
    /// Counts the threads that have yet to learn of the closing.
    private let closing = DispatchSemaphore(value: 0)

    private var configuration: PythonConfiguration { launch.configuration }

    init(_ launch: PythonLaunch) { self.launch = launch }

    // MARK: For callers

    /// Starts the processes and waits until one is ready. - Throws: as its start failed.
    func start() throws {
        for _ in 0..<configuration.processCount {
            let thread = Thread { self.supervise() }
            thread.name = "martlet-python"
            thread.start()
        }
        give(try take(within: configuration.startSeconds + 1))
    }

    /// Has a request answered, by the next process that is free.
    /// - Throws: `overloaded`, `unavailable` where every process is down, and as `PythonWorker.answer`.
    func answer(to request: PythonFrame) throws -> PythonFrame {
        let worker = try take(within: configuration.requestSeconds)
        let answer = try worker.answer(to: request)
        give(worker)
        return answer
    }

    /// Kills the processes; calls that wait are refused, and so are later ones.
    func close() {
        let (live, waiting) = state.withLock { state in
            guard !state.isClosed else { return ([PythonWorker](), [Waiter]()) }
            state.isClosed = true
            defer { state.waiting = [] }
            for _ in 0..<configuration.processCount { closing.signal() }
            return (state.live, state.waiting)
        }
        for waiter in waiting { waiter.give(.failure(closed)) }
        for worker in live { worker.process.kill() }
    }

    private var closed: MartletError { MartletError(.unavailable, "model '\(launch.name)' was unloaded") }

    private func take(within seconds: Double) throws -> PythonWorker {
        let waiter = Waiter()
        let idle: PythonWorker? = try state.withLock { state in
            guard !state.isClosed else { throw closed }
            if let worker = state.idle.popLast() { return worker }
            if let fault = state.fault, state.pausingCount == configuration.processCount { throw fault }
            guard state.waiting.count < configuration.waitingCountMax else {
                throw MartletError(
                    .overloaded, "model '\(launch.name)': \(state.waiting.count) calls wait for a process already, its limit",
                    retryAfterSeconds: 1)
            }
            state.waiting.append(waiter)
            return nil
        }
        if let idle { return idle }
        if waiter.hasResult.wait(timeout: .now() + seconds) == .timedOut {
            state.withLock { state in state.waiting.removeAll { $0 === waiter } }
        }
        guard let result = waiter.result.withLock({ $0 }) else {
            throw MartletError(.overloaded, "model '\(launch.name)': no process was free within \(seconds) s", retryAfterSeconds: 1)
        }
        return try result.get()
    }

    /// Lends a process to who waits longest, or keeps it ready.
    private func give(_ worker: PythonWorker) {
        state.withLock { state in
            guard state.live.contains(where: { $0 === worker }) else { return }
            if state.waiting.isEmpty { state.idle.append(worker) } else { state.waiting.removeFirst().give(.success(worker)) }
        }
    }

    // MARK: The threads

    private func supervise() {
        var failureCount = 0
        while !state.withLock({ $0.isClosed }) {
            var fault: MartletError
            do {
                let worker = try PythonWorker(launch)
                fault = watch(worker)
                failureCount = worker.answerCount > 0 ? 0 : failureCount + 1
            } catch {
                fault = MartletError(.unavailable, "model '\(launch.name)': its process cannot be started", cause: error)
                failureCount += 1
            }
            if pause(failureCount, fault) { return }
        }
    }

    /// Listens to a process until it has ended. - Returns: how that came.
    private func watch(_ worker: PythonWorker) -> MartletError {
        let isClosed = state.withLock { state in
            state.live.append(worker)
            return state.isClosed
        }
        if isClosed { worker.process.kill() }
        let startFault = load(worker)
        if startFault == nil {
            give(worker)
            listen(worker)
        }
        state.withLock { state in
            state.live.removeAll { $0 === worker }
            state.idle.removeAll { $0 === worker }
        }
        worker.end()
        return startFault ?? MartletError(.unavailable, "model '\(launch.name)': its process \(worker.ending)", cause: worker.said)
    }

    private func listen(_ worker: PythonWorker) {
        while true {
            switch worker.process.next() {
            case .said(let bytes): worker.hear(bytes)
            case .message, .late, .silent: return
            }
        }
    }

    /// Waits until a process has loaded the model. - Returns: why it has not; `nil` where it has.
    private func load(_ worker: PythonWorker) -> MartletError? {
        let deadline = ContinuousClock.now + .seconds(configuration.startSeconds)
        do {
            try worker.greet(until: deadline)
            while true {
                switch worker.process.next(watchesChannel: true, until: deadline) {
                case .said(let bytes): worker.hear(bytes)
                case .message:
                    let answer = try worker.receive(until: deadline)
                    return answer.head["fault"] == nil ? nil : refusal(answer.head["message"]?.string ?? "", worker)
                case .silent: throw ChildChannel.Fault.closed
                case .late: throw ChildChannel.Fault.late
                }
            }
        } catch ChildChannel.Fault.late {
            worker.process.kill()
            return MartletError(
                .expired, "model '\(launch.name)' was not loaded within \(configuration.startSeconds) s; raise start_seconds",
                cause: worker.said)
        } catch {
            let end = worker.process.wait(until: deadline)
            while case .said(let bytes) = worker.process.next() { worker.hear(bytes) }
            return refusal("its process \(end)", worker)
        }
    }

    private func refusal(_ reason: String, _ worker: PythonWorker) -> MartletError {
        MartletError(.unavailable, "model '\(launch.name)' cannot be loaded by '\(launch.python)': \(reason)", cause: worker.said)
    }

    /// Waits before the next start; calls are refused while all processes do. - Returns: whether this is the end.
    private func pause(_ failureCount: Int, _ fault: MartletError) -> Bool {
        let range = configuration.restartSeconds
        let seconds = min(range.upperBound, range.lowerBound * Double(1 << min(max(0, failureCount - 1), 30)))
        let refused = MartletError(fault.code, fault.message, cause: fault.cause, retryAfterSeconds: seconds)
        let waiting = state.withLock { state in
            state.pausingCount += 1
            state.fault = refused
            guard state.pausingCount == configuration.processCount else { return [Waiter]() }
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiter in waiting { waiter.give(.failure(refused)) }
        let isClosed = closing.wait(timeout: .now() + seconds) == .success
        state.withLock { $0.pausingCount -= 1 }
        return isClosed
    }
}
