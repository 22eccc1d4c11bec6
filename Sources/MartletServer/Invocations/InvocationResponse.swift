package import MartletCore

/// Writes the answers of MLflow's scoring server.
package enum InvocationResponse {
    /// `{"predictions": …}`: the nested lists of the only output, or an object of them by name.
    ///
    /// Numbers are the shortest decimals that read back equal in their datatype. NaN becomes `null`, where MLflow writes `NaN`, which
    /// is no JSON; both become NaN again in pandas.
    /// - Throws: `invalidInput` where an output has infinite numbers or bytes that are not UTF-8, for which JSON has no words.
    package static func body(_ outputs: [Tensor]) throws -> [UInt8] {
        let predictions = outputs.map(PredictionPart.init)
        let capacity = predictions.reduce(64) { $0 + $1.sizeMaxBytes }
        return try [UInt8](unsafeUninitializedCapacity: capacity + JSONWriter.slackSizeBytes) { buffer, count in
            var writer = JSONWriter(UnsafeMutableRawBufferPointer(buffer))
            writer.write("{\"predictions\":")
            if predictions.count == 1 { try predictions[0].write(to: &writer) } else { try writeObject(predictions, to: &writer) }
            writer.write(byte: UInt8(ascii: "}"))
            count = writer.count
        }
    }

    private static func writeObject(_ predictions: [PredictionPart], to writer: inout JSONWriter) throws {
        writer.write(byte: UInt8(ascii: "{"))
        for (index, prediction) in predictions.enumerated() {
            if index > 0 { writer.write(byte: UInt8(ascii: ",")) }
            writer.write(quoted: prediction.tensor.name)
            writer.write(byte: UInt8(ascii: ":"))
            try prediction.write(to: &writer)
        }
        writer.write(byte: UInt8(ascii: "}"))
    }

    // MARK: Failures

    /// `{"error_code": …, "message": …}` and its status; what clients cannot mend stays inside.
    package static func failure(_ error: MartletError) -> (status: Int, body: [UInt8]) {
        let (status, name) = kind(error)
        let message = status == 500 ? "the server failed; its log has the cause" : error.message
        let body: JSONValue = ["error_code": .string(name), "message": .string(message)]
        return (status, Array(body.canonicalText.utf8))
    }

    /// MLflow's own names; those of clients' faults are all `BAD_REQUEST` there.
    private static func kind(_ error: MartletError) -> (status: Int, name: String) {
        switch error.code {
        case .invalidInput: (error.cause is UnsupportedContentType ? 415 : 400, "BAD_REQUEST")
        case .contractBroken, .gateRefused: (400, "BAD_REQUEST")
        case .notFound: (404, "RESOURCE_DOES_NOT_EXIST")
        case .conflict: (409, "RESOURCE_CONFLICT")
        case .limitExceeded: (413, "BAD_REQUEST")
        case .overloaded: (429, "REQUEST_LIMIT_EXCEEDED")
        case .unavailable, .storage: (503, "TEMPORARILY_UNAVAILABLE")
        case .expired: (504, "DEADLINE_EXCEEDED")
        default: (500, "INTERNAL_ERROR")
        }
    }
}
