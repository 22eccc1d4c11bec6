import MartletEngines

/// How a neural model is run. One thread and f32 unless asked otherwise.
package struct NeuralConfiguration: Sendable, Equatable {
    /// What a model computes in; `PrecisionReport` measures what the faster ones cost in accuracy.
    package enum Precision: String, Sendable, CaseIterable {
        case float32 = "f32"
        /// 8 bits of mantissa, twice to four times as fast on processors that have it.
        case bfloat16 = "bf16"
        /// Whole numbers of 8 bits where the file says so: it must be a quantized one, and only this precision takes it. Where only its
        /// weights are, what they are multiplied with is rounded too, `roundingGroupSize` numbers with one scale.
        case int8
    }

    /// Of a MiniLM, 64 has half the error of a whole row of 384, and costs a fifth more time.
    static let roundingGroupSize = 64

    package var precision = Precision.float32
    /// The threads of all streams together.
    package var threadCount = 1
    /// How many calls run at the same time, at most `threadCount`; each keeps working memory of its own, and others wait.
    package var streamCount = 1
    /// How many calls may wait; one more is refused.
    package var waitingCountMax = 1024
    /// Where compiled models are kept for the next load, if anywhere.
    package var cacheFolder: String?
    /// The batches that are run once, on zeros, before the first request; none where empty.
    package var warmUpRowCounts = [1]
    /// The size of free dimensions but the first while warming up.
    package var warmUpLength = 16
    /// Whether rows are independent of one another; `nil` takes it from the shapes: they are where the first dimension of every
    /// input and output is free.
    package var hasIndependentRows: Bool?

    package init() {}

    /// The engine's own options.
    var options: OpenVINOOptions {
        var options = OpenVINOOptions()
        options.precision = precision == .bfloat16 ? .bfloat16 : .float32
        options.threadCount = threadCount
        options.streamCount = streamCount
        options.goal = streamCount > 1 ? .throughput : .latency
        options.cacheFolder = cacheFolder
        options.waitingCountMax = waitingCountMax
        options.roundingGroupSize = precision == .int8 ? Self.roundingGroupSize : 0
        return options
    }
}
