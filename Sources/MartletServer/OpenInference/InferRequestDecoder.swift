import MartletCore

/// Reads inference requests of the Open Inference Protocol over HTTP: JSON, and JSON with binary tensors after it.
///
/// Texts become tensors in one pass, with no tree in between. Refused as `invalidInput`: everything that is malformed, names twice,
/// shapes that lie, sizes that do not add up, bytes that nobody claims, and tensors in shared memory.
package struct InferRequestDecoder: Sendable {
    /// How much one request may bring, beside the size of its body.
    package struct Limits: Sendable {
        /// Input tensors; a model of more columns that are sent one by one needs more.
        package var inputCountMax = 256
        /// Requested outputs.
        package var outputCountMax = 256
        /// Dimensions of a tensor; at most as many levels as are read of JSON.
        package var rankMax = 16
        /// Elements of one tensor of byte strings, each of which is an allocation.
        package var bytesElementCountMax = 1 << 20
        /// One parameter that is kept, in bytes of JSON.
        package var parameterSizeMaxBytes = 4_096

        /// The defaults.
        package init() {}
    }

    /// How much one request may bring.
    package var limits: Limits

    /// Makes a decoder.
    package init(limits: Limits = Limits()) { self.limits = limits }

    /// The header field that says how many bytes of a body are JSON, where binary tensors follow.
    package static let jsonSizeHeader = "inference-header-content-length"

    /// The value of that header field. - Throws: `invalidInput` where it is no count of bytes.
    package static func jsonSizeBytes(header text: String) throws -> Int {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let size = Int(text) else {
            throw MartletError(.invalidInput, "header Inference-Header-Content-Length: expected a count of bytes, found '\(text.prefix(40))'")
        }
        return size
    }

    /// Reads a body.
    /// - Parameter jsonSizeBytes: how many bytes of it are JSON, from the header; `nil` where all of them are.
    package func decode(_ body: [UInt8], jsonSizeBytes: Int? = nil) throws -> InferRequest {
        try body.withUnsafeBytes { try decode($0, jsonSizeBytes: jsonSizeBytes) }
    }

    /// Reads a body in place; nothing of it is kept.
    package func decode(_ body: UnsafeRawBufferPointer, jsonSizeBytes: Int? = nil) throws -> InferRequest {
        let jsonSize = jsonSizeBytes ?? body.count
        guard (0...body.count).contains(jsonSize) else {
            throw MartletError(
                .invalidInput, "header Inference-Header-Content-Length: expected at most the \(body.count) bytes of the body, found \(jsonSize)"
            )
        }
        guard jsonSize > 0 else {
            throw MartletError(.invalidInput, "expected a JSON object with 'inputs' at the beginning of the body, found no JSON")
        }
        let json = UnsafeRawBufferPointer(rebasing: body[..<jsonSize])
        let binary = UnsafeRawBufferPointer(rebasing: body[jsonSize...])
        var reader = InferRequestReader(json, binary, limits)
        do {
            return try reader.read()
        } catch let fault as JSONFault {
            throw fault.error(in: json, of: reader.subject)
        }
    }
}
