package import MartletCore

/// What a version of a model did since it was loaded, in the words of Triton's statistics extension.
package struct UsageDescription: Sendable {
    /// How often something happened, and how long it took altogether.
    package struct Sum: Sendable, Equatable {
        package var count: UInt64
        package var nanoseconds: UInt64

        /// Makes a sum.
        package init(count: UInt64 = 0, nanoseconds: UInt64 = 0) {
            self.count = count
            self.nanoseconds = nanoseconds
        }

        fileprivate var json: JSONValue {
            ["count": .integer(Int64(clamping: count)), "ns": .integer(Int64(clamping: nanoseconds))]
        }
    }

    /// What runs of one batch size took.
    package struct Batch: Sendable, Equatable {
        package var size: Int
        package var input: Sum
        package var inference: Sum
        package var output: Sum

        /// Makes the sums of a batch size.
        package init(size: Int, input: Sum = Sum(), inference: Sum, output: Sum = Sum()) {
            self.size = size
            self.input = input
            self.inference = inference
            self.output = output
        }
    }

    package var modelName: String
    package var modelVersion: String
    /// When the last request came, in milliseconds since 1970; 0 where none did.
    package var lastInferenceMilliseconds: UInt64 = 0
    /// Rows answered.
    package var inferenceCount: UInt64 = 0
    /// Runs of the model, each of one batch.
    package var executionCount: UInt64 = 0
    /// Requests answered, from first to last.
    package var success = Sum()
    /// Requests that failed.
    package var failure = Sum()
    /// Waiting.
    package var queue = Sum()
    /// Reading inputs.
    package var input = Sum()
    /// Running the model.
    package var inference = Sum()
    /// Writing outputs.
    package var output = Sum()
    /// What runs took, by the size of their batch.
    package var batches: [Batch] = []

    /// Makes the description of a model that did nothing yet.
    package init(modelName: String, modelVersion: String) {
        self.modelName = modelName
        self.modelVersion = modelVersion
    }

    /// The body of `GET /v2/models/stats` and `/v2/models/{model}/stats`.
    package static func body(_ models: [UsageDescription]) -> JSONValue { ["model_stats": .array(models.map(\.json))] }

    /// Answers are not kept, but perf_analyzer wants the members of the cache to be there.
    private var json: JSONValue {
        [
            "name": .string(modelName), "version": .string(modelVersion),
            "last_inference": .integer(Int64(clamping: lastInferenceMilliseconds)),
            "inference_count": .integer(Int64(clamping: inferenceCount)), "execution_count": .integer(Int64(clamping: executionCount)),
            "inference_stats": [
                "success": success.json, "fail": failure.json, "queue": queue.json, "compute_input": input.json,
                "compute_infer": inference.json, "compute_output": output.json, "cache_hit": Sum().json, "cache_miss": Sum().json,
            ],
            "response_stats": [:], "batch_stats": .array(batches.map(Self.json)), "memory_usage": [],
        ]
    }

    private static func json(_ batch: Batch) -> JSONValue {
        [
            "batch_size": .integer(Int64(batch.size)), "compute_input": batch.input.json, "compute_infer": batch.inference.json,
            "compute_output": batch.output.json,
        ]
    }
}
