import MartletCore
import Synchronization

extension BatcherCore {
    var statistics: BatchStatistics {
        var statistics = state.withLock { state in
            var statistics = state.statistics
            statistics.waitingRequestCount = state.queue.waitingRequestCount
            statistics.waitingRowCount = state.queue.waitingRowCount
            statistics.runningBatchCount = state.queue.runningBatchCount
            return statistics
        }
        let (direct, failed) = (directCount.load(ordering: .relaxed), directFailureCount.load(ordering: .relaxed))
        statistics.directCount = direct
        statistics.executionCount += direct
        statistics.failureCount += failed
        statistics.inferenceCount += direct - failed
        statistics.rowCount += directRowCount.load(ordering: .relaxed)
        return statistics
    }

    func error(for rejection: BatchQueue.Rejection) -> MartletError {
        switch rejection {
        case .late(let seconds):
            overloaded("an answer would come later than the objective of \(policy.objectiveSeconds) s or the timeout allows", seconds)
        case .full(let seconds):
            overloaded("\(policy.queueRequestCountMax) requests or \(policy.queueRowCountMax) rows wait, which is the most", seconds)
        case .displaced(let seconds): overloaded("the request gave way to one of higher priority", seconds)
        case .expired:
            MartletError(.expired, "model '\(name)': the timeout passed before the request was run; allow more time or send fewer at once")
        case .closed: MartletError(.unavailable, "model '\(name)' takes no more requests, as it is being unloaded; try again")
        }
    }

    private func overloaded(_ reason: String, _ retryAfterSeconds: Double) -> MartletError {
        let milliseconds = Int((min(retryAfterSeconds, 86_400) * 1_000).rounded(.up))
        return MartletError(
            .overloaded, "model '\(name)': \(reason); try again after \(milliseconds) ms", retryAfterSeconds: retryAfterSeconds
        )
    }
}

extension BatchStatistics {
    mutating func count<Output>(_ result: Result<Output, any Error>, rows: Int) {
        switch result {
        case .success:
            inferenceCount += 1
            rowCount += rows
        case .failure: failureCount += 1
        }
    }
}
