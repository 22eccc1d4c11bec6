package import MartletCore

/// One version of a model in memory, ready for requests. Whoever holds it keeps it alive, so a swap disturbs no request.
package final class ServedModel: Sendable {
    package let name: String
    package let version: Int
    package let model: any TensorModel
    package let statistics = ModelStatistics()
    /// Where requests join, or wait for their turn where their rows depend on one another; `nil` for a model that is run at once.
    package let batcher: Batcher<[Tensor], [Tensor]>?
    /// What runs the model and how, in a few words.
    package let summary: String

    /// The most rows of one run.
    package let rowCountMax: Int
    /// How long one request may keep others waiting at a time, in seconds.
    private let pieceSeconds: Double

    /// Makes a served model.
    /// - Parameters:
    ///   - policy: how requests may join.
    ///   - curve: what batches cost, as measured at loading; `nil` for a model that never waits.
    ///   - summary: what runs the model and how; the signature's platform unless given.
    package init(
        name: String, version: Int, model: any TensorModel, policy: BatchingPolicy, curve: CostCurve?, summary: String? = nil
    ) throws {
        self.name = name
        self.version = version
        self.model = model
        rowCountMax = policy.rowCountMax
        pieceSeconds = policy.objectiveSeconds / 2
        self.summary = summary ?? model.signature.platform
        batcher = try curve.map { curve in
            try Batcher(name: name, policy: policy, curve: curve) { try TensorBatch.run($0, model) }
        }
    }

    package var signature: TensorSignature { model.signature }

    /// Runs of the model: each a batch of requests, or one alone.
    package var executionCount: UInt64 { batcher.map { UInt64($0.statistics.executionCount) } ?? statistics.success.count }

    /// Predicts on the calling thread; `nil` where the request has to wait for others.
    package func predictDirectly(_ inputs: [Tensor]) throws -> [Tensor]? {
        guard let batcher else { return try model.predict(inputs) }
        return try batcher.answerDirectly(inputs, rows: rowCount(inputs))
    }

    /// The most rows of one request that has to wait for its turn.
    package static let requestRowCountMax = 1 << 20

    /// Predicts, together with other requests where that pays. A request of many rows is run in pieces, between which others have
    /// their turn, and leaves between two when it is cancelled.
    /// - Parameter timeout: how long each piece may wait.
    /// - Throws: as `Batcher.submit`, `limitExceeded` for more than `requestRowCountMax` rows, and what the model throws.
    package nonisolated(nonsending) func predict(_ inputs: [Tensor], priority: Int = 0, timeout: Duration? = nil) async throws -> [Tensor] {
        guard let batcher else { return try model.predict(inputs) }
        let rows = rowCount(inputs)
        guard rows <= Self.requestRowCountMax else {
            throw MartletError(
                .limitExceeded,
                "model '\(name)': expected at most \(Self.requestRowCountMax) rows in a request, found \(rows); send fewer at once")
        }
        let size = max(1, batcher.curve.rows(within: pieceSeconds))
        guard rows > size, signature.hasIndependentRows else {
            return try await batcher.submit(inputs, rows: rows, priority: priority, timeout: timeout)
        }
        var answers: [[Tensor]] = []
        for first in stride(from: 0, to: rows, by: size) {
            let piece = try TensorBatch.rows(of: inputs, first..<min(rows, first + size))
            answers.append(try await batcher.submit(piece, rows: piece[0].rowCount, priority: priority, timeout: timeout))
        }
        return try TensorBatch.joined(answers)
    }

    /// What a request counts for in a batch: one where its rows depend on one another.
    private func rowCount(_ inputs: [Tensor]) -> Int { signature.hasIndependentRows ? inputs.first?.rowCount ?? 1 : 1 }
}
