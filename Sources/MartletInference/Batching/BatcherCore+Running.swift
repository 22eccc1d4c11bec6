import Foundation
import MartletCore
import Synchronization

// MARK: - The threads

extension BatcherCore {
    /// What came of running a batch.
    private struct Execution {
        var results: [Result<Output, any Error>]
        /// What the first run took; `nil` where it failed.
        var modelSeconds: Double?
        var retryCount = 0
    }

    private enum Attempt {
        case answered([Output])
        case failed(any Error)
        /// The model gave a wrong number of outputs: which belongs to whom cannot be known.
        case miscounted(MartletError)
    }

    func startRunners() {
        let now = clock.nowSeconds
        state.withLock { state in
            state.liveRunnerCount = policy.runnerCount
            for _ in 0..<policy.runnerCount { _ = state.queue.handle(.runnerFree(now: now)) }
        }
        for _ in 0..<policy.runnerCount {
            let thread = Thread { self.runBatches() }
            thread.name = "martlet-batch"
            thread.start()
        }
    }

    private func runBatches() {
        var next = waitForWork()
        while let work = next {
            let start = clock.nowSeconds
            let execution = execute(work, start)
            next = finish(work, execution, start) ?? waitForWork()
        }
        let closers = state.withLock { state in
            state.liveRunnerCount -= 1
            return state.liveRunnerCount == 0 ? state.closers : []
        }
        for closer in closers { closer.resume() }
    }

    /// The next batch; `nil` after the stop.
    private func waitForWork() -> Work? {
        work.wait()
        return state.withLock { $0.ready.isEmpty ? nil : $0.ready.removeFirst() }
    }

    /// Gives out the answers. - Returns: the batch that this thread goes on with, if there is one.
    private func finish(_ work: Work, _ execution: Execution, _ start: Double) -> Work? {
        let now = clock.nowSeconds
        return update { state, effects in
            for (id, result) in zip(work.batch.requestIDs, execution.results) {
                guard let pending = state.pending.removeValue(forKey: id) else { continue }
                state.statistics.count(result, rows: pending.rows)
                effects.ended.append((pending.completion, result))
            }
            state.statistics.executionCount += 1 + execution.retryCount
            state.statistics.retryCount += execution.retryCount
            state.statistics.executionSeconds.observe(max(0, now - start))
            let finished = BatchQueue.Event.finished(batch: work.batch.number, seconds: execution.modelSeconds, now: now)
            self.carryOut(state.queue.handle(finished), now, &state, &effects)
            self.carryOut(state.queue.handle(.runnerFree(now: now)), now, &state, &effects)
            self.chooseLane(state)
            guard effects.signalCount > 0 else { return nil }
            effects.signalCount -= 1
            return state.ready.removeLast()
        }
    }

    private func execute(_ work: Work, _ start: Double) -> Execution {
        switch attempt(work.inputs) {
        case .answered(let outputs):
            return Execution(results: outputs.map { .success($0) }, modelSeconds: clock.nowSeconds - start)
        case .miscounted(let error):
            return Execution(results: work.inputs.map { _ in .failure(error) })
        case .failed(let error):
            var execution = Execution(results: work.inputs.map { _ in .failure(error) })
            if work.inputs.count > 1 { retry(Array(work.inputs.indices)[...], of: work, &execution) }
            return execution
        }
    }

    /// Runs the halves of a part that failed, and theirs. Whoever is left when the runs are used up keeps the error of the part before.
    private func retry(_ part: ArraySlice<Int>, of work: Work, _ execution: inout Execution) {
        for half in [part.prefix(part.count / 2), part.dropFirst(part.count / 2)] {
            let wanted = wanted(half, of: work)
            guard !wanted.isEmpty, execution.retryCount < policy.retryRunCountMax else { continue }
            execution.retryCount += 1
            switch attempt(wanted.map { work.inputs[$0] }) {
            case .answered(let outputs): for (index, output) in zip(wanted, outputs) { execution.results[index] = .success(output) }
            case .miscounted(let error): for index in wanted { execution.results[index] = .failure(error) }
            case .failed(let error):
                for index in wanted { execution.results[index] = .failure(error) }
                if wanted.count > 1 { retry(wanted[...], of: work, &execution) }
            }
        }
    }

    /// Those of a part whose callers have not gone away.
    private func wanted(_ part: ArraySlice<Int>, of work: Work) -> [Int] {
        state.withLock { state in part.filter { state.pending[work.batch.requestIDs[$0]] != nil } }
    }

    private func attempt(_ inputs: [Input]) -> Attempt {
        do {
            let outputs = try run(inputs)
            return outputs.count == inputs.count ? .answered(outputs) : .miscounted(miscount(outputs.count, for: inputs.count))
        } catch {
            return .failed(error)
        }
    }

    private func miscount(_ outputCount: Int, for inputCount: Int) -> MartletError {
        MartletError(
            .engine, "model '\(name)': expected an output for each of \(inputCount) requests, found \(outputCount); mend how it is run"
        )
    }
}

// MARK: - The callers' own threads

extension BatcherCore {
    /// Up to how many rows requests run on their caller's thread: none where batching pays, else as many as take no longer than they may.
    static func directRowCountMax(_ queue: BatchQueue) -> Int {
        queue.curve.batchingPays(upTo: queue.policy.rowCountMax) ? -1 : queue.curve.rows(within: queue.policy.directSecondsMax)
    }

    func chooseLane(_ state: borrowing State) {
        directRowCountMax.store(state.isClosed ? -1 : Self.directRowCountMax(state.queue), ordering: .relaxed)
    }

    func runsDirectly(rows: Int) -> Bool { max(rows, 1) <= directRowCountMax.load(ordering: .relaxed) }

    func answerDirectly(_ input: Input, rows: Int) throws -> Output? {
        guard runsDirectly(rows: rows) else { return nil }
        let number = directCount.wrappingAdd(1, ordering: .relaxed).oldValue
        directRowCount.wrappingAdd(max(rows, 1), ordering: .relaxed)
        let isSample = number % Self.directSampleInterval == 0
        let start = isSample ? clock.nowSeconds : 0
        do {
            let outputs = try run([input])
            guard outputs.count == 1, let output = outputs.first else { throw miscount(outputs.count, for: 1) }
            if isSample { learn(rows, clock.nowSeconds - start) }
            return output
        } catch {
            directFailureCount.wrappingAdd(1, ordering: .relaxed)
            directRowCount.wrappingSubtract(max(rows, 1), ordering: .relaxed)
            throw error
        }
    }

    private func learn(_ rows: Int, _ seconds: Double) {
        update { state, _ in
            _ = state.queue.handle(.observed(rows: rows, seconds: seconds))
            self.chooseLane(state)
        }
    }
}
