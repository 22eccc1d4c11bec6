import MartletInference

extension InferRequest {
    /// The priority among waiting requests. Triton's count down from the most urgent, 1; without one, or with 0, it is the usual, 0.
    package var batchPriority: Int {
        guard let priority, priority > 0 else { return 0 }
        return BatchingPolicy.priorityRange.upperBound + 1 - Int(clamping: min(priority, 19))
    }
}
