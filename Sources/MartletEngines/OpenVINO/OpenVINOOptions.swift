import MartletCore

/// How OpenVINO runs a model on the processor.
package struct OpenVINOOptions: Sendable, Equatable {
    /// What floating-point operators compute in.
    package enum Precision: String, Sendable { case float32 = "f32", bfloat16 = "bf16" }
    /// What OpenVINO tunes for where nothing else decides.
    package enum Goal: String, Sendable { case latency = "LATENCY", throughput = "THROUGHPUT" }

    /// The most threads and streams that may be asked for.
    package static let threadCountMax = 1024
    /// The most numbers that may share a scale.
    package static let roundingGroupSizeMax = 1 << 16

    package var precision = Precision.float32
    /// The threads of all streams together, 1 to 1024.
    package var threadCount = 1
    /// How many calls run at the same time, 1 to `threadCount`; each keeps working memory of its own.
    package var streamCount = 1
    package var goal = Goal.latency
    /// What is multiplied with weights that were compressed to 8 bits is rounded to 8 bits too, so many numbers with one scale;
    /// 0 computes with the numbers as they are.
    package var roundingGroupSize = 0
    /// Where compiled models are kept for the next load, if anywhere.
    package var cacheFolder: String?
    /// How many calls may wait for those that run; one more is refused.
    package var waitingCountMax = 1024
    /// How many combinations of the inputs' shapes are remembered as fitting; all are forgotten when there is one more.
    package var shapeCountMax = 4096

    /// One thread, `float32`, no cache.
    package init() {}

    /// OpenVINO's own properties. - Throws: `invalidInput` where a number is out of its range.
    func properties() throws -> [(key: String, value: String)] {
        try Self.check(threadCount, "threadCount", 1...Self.threadCountMax)
        try Self.check(streamCount, "streamCount", 1...threadCount)
        try Self.check(roundingGroupSize, "roundingGroupSize", 0...Self.roundingGroupSizeMax)
        try Self.check(waitingCountMax, "waitingCountMax", 0...Int.max)
        try Self.check(shapeCountMax, "shapeCountMax", 1...Int.max)
        let chosen = [
            ("INFERENCE_PRECISION_HINT", precision.rawValue), ("INFERENCE_NUM_THREADS", String(threadCount)),
            ("NUM_STREAMS", String(streamCount)), ("PERFORMANCE_HINT", goal.rawValue),
            // Several models share the processor with one another and with others: none owns a core.
            ("ENABLE_CPU_PINNING", "NO"),
            // Left to itself OpenVINO rounds wherever weights are compressed.
            ("DYNAMIC_QUANTIZATION_GROUP_SIZE", String(roundingGroupSize)),
        ]
        return chosen + (cacheFolder.map { [("CACHE_DIR", $0)] } ?? [])
    }

    private static func check(_ value: Int, _ name: String, _ range: ClosedRange<Int>) throws {
        guard range.contains(value) else {
            throw MartletError(.invalidInput, "\(name) is \(value), expected \(range.lowerBound) to \(range.upperBound)")
        }
    }
}
