import MartletCore

/// Writes answers of the Open Inference Protocol over HTTP: JSON, and JSON with binary tensors after it where they are asked for.
///
/// Numbers in JSON are the shortest decimals that read back equal. NaN, which means missing, is written as `null`: that is JSON to
/// every reader, Python clients make NaN of it again, and requests are read the same way. JSON has no word for infinity; an output
/// that has one is refused with the advice to ask for it in binary form, and so are byte strings that are not UTF-8.
package enum InferResponseEncoder {
    /// The body of an answer. - Throws: `invalidInput` where an output cannot be given as it is asked for.
    package static func encode(_ response: InferResponse, for request: InferRequest) throws -> InferResponseBody {
        let outputs = try response.answered(request)
        let parts = outputs.enumerated().map { index, tensor in
            let requested = request.outputs.isEmpty ? nil : request.outputs[index].isBinary
            return OutputPart(tensor: tensor, isBinary: requested ?? request.wantsBinaryOutputs)
        }
        let parameters = response.parameters.isEmpty ? "" : JSONValue.object(response.parameters).canonicalText
        let capacity = parts.reduce(headSizeMaxBytes(response, request) + parameters.utf8.count) { $0 + $1.sizeMaxBytes }
        var jsonSize = 0
        let bytes = try [UInt8](unsafeUninitializedCapacity: capacity + JSONWriter.slackSizeBytes) { buffer, count in
            var writer = JSONWriter(UnsafeMutableRawBufferPointer(buffer))
            writeHead(response, request, parameters, to: &writer)
            for (index, part) in parts.enumerated() {
                if index > 0 { writer.write(byte: UInt8(ascii: ",")) }
                try part.writeJSON(to: &writer)
            }
            writer.write("]}")
            jsonSize = writer.count
            for part in parts where part.isBinary { part.writeBinary(to: &writer) }
            count = writer.count
        }
        return InferResponseBody(bytes: bytes, jsonSizeBytes: parts.contains(where: \.isBinary) ? jsonSize : nil)
    }

    private static func writeHead(
        _ response: InferResponse, _ request: InferRequest, _ parameters: String, to writer: inout JSONWriter
    ) {
        writer.write("{\"model_name\":")
        writer.write(quoted: response.modelName)
        if let version = response.modelVersion {
            writer.write(",\"model_version\":")
            writer.write(quoted: version)
        }
        if let id = request.id {
            writer.write(",\"id\":")
            writer.write(quoted: id)
        }
        if !parameters.isEmpty {
            writer.write(",\"parameters\":")
            for byte in parameters.utf8 { writer.write(byte: byte) }
        }
        writer.write(",\"outputs\":[")
    }

    private static func headSizeMaxBytes(_ response: InferResponse, _ request: InferRequest) -> Int {
        let texts = [response.modelName, response.modelVersion ?? "", request.id ?? ""]
        return texts.reduce(128) { $0 + JSONWriter.quotedSizeBytes($1.utf8) }
    }
}
