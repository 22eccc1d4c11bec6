package import MartletCore

/// What an endpoint's log holds of one answer.
package struct PredictionRecord: Sendable, Equatable {
    /// The request's identifier; outcomes join by it.
    package let requestID: String
    /// When it was answered.
    package let at: Timestamp
    /// `decision` or `inference`.
    package let kind: String
    /// The endpoint that answered.
    package let endpoint: String
    /// The release that answered.
    package let release: Digest
    /// The row, its history and its formulas, by name; for inference the feature rows.
    package let features: JSONValue
    /// What was answered.
    package let answer: JSONValue

    package init(
        requestID: String, at: Timestamp, kind: String, endpoint: String, release: Digest, features: JSONValue, answer: JSONValue
    ) {
        self.requestID = requestID
        self.at = at
        self.kind = kind
        self.endpoint = endpoint
        self.release = release
        self.features = features
        self.answer = answer
    }

    /// The record as a line of the log.
    package var payload: [UInt8] {
        let record: JSONValue = [
            "request_id": .string(requestID),
            "time": .string(at.description),
            "kind": .string(kind),
            "endpoint": .string(endpoint),
            "release": .string(release.description),
            "candidates": answer["candidates"] ?? .null,
            "price": answer["price"] ?? .null,
            "propensity": answer["propensity"] ?? .null,
            "expected_units": answer["expected_units"] ?? .null,
            "expected_profit": answer["expected_profit"] ?? .null,
            "features": features,
            "answer": answer,
        ]
        return Array(record.canonicalText.utf8)
    }
}

/// What really came of an answer, told afterwards.
package struct OutcomeRecord: Sendable, Equatable {
    /// The request that it belongs to.
    package let requestID: String
    /// When it was told.
    package let at: Timestamp
    /// What was measured, by name: `units`, the `price` really charged, its `cost`.
    package let values: [String: Double]

    package init(requestID: String, at: Timestamp, values: [String: Double]) {
        self.requestID = requestID
        self.at = at
        self.values = values
    }

    /// The record as a line of the log.
    package var payload: [UInt8] {
        let record: JSONValue = [
            "request_id": .string(requestID), "time": .string(at.description),
            "values": .object(values.mapValues { JSONValue(finite: $0) }),
        ]
        return Array(record.canonicalText.utf8)
    }
}
