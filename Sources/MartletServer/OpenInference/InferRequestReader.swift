import MartletCore

/// Reads one inference request: the JSON from its first to its last byte, each tensor as soon as it is known what it is.
struct InferRequestReader {
    private var cursor: JSONCursor
    private var binary: BinaryTensorReader
    private let limits: InferRequestDecoder.Limits
    private var request = InferRequest()
    private var input: InputReader
    private var output = RequestedOutput("")
    /// What is being read, for messages.
    private var place = Place.request

    private enum Place { case request, input, output }

    init(_ json: UnsafeRawBufferPointer, _ binary: UnsafeRawBufferPointer, _ limits: InferRequestDecoder.Limits) {
        cursor = JSONCursor(json)
        self.binary = BinaryTensorReader(binary)
        self.limits = limits
        input = InputReader(limits: limits)
    }

    /// What is being read, for messages.
    var subject: String {
        switch place {
        case .request: "the inference request"
        case .input: input.name.map { "input '\($0.prefix(60))'" } ?? "input \(request.inputs.count)"
        case .output: output.name.isEmpty ? "output \(request.outputs.count)" : "output '\(output.name.prefix(60))'"
        }
    }

    private func refusal(_ reason: String) -> MartletError { MartletError(.invalidInput, "\(subject): \(reason)") }

    // MARK: Request

    private enum Member: Int { case id, parameters, inputs, outputs }

    mutating func read() throws -> InferRequest {
        cursor.skipSpace()
        var members = try cursor.openObject()
        while let name = try cursor.nextName(&members) {
            guard let member = member(name) else {
                _ = try cursor.admitOther(name, &members)
                try cursor.skipValue()
                continue
            }
            try cursor.admit(member.rawValue, name, &members)
            if cursor.takeNull() { continue }
            try read(member)
        }
        try checkEnd()
        return request
    }

    private func member(_ name: JSONText) -> Member? {
        if cursor.matches(name, "inputs") { return .inputs }
        if cursor.matches(name, "outputs") { return .outputs }
        if cursor.matches(name, "parameters") { return .parameters }
        return cursor.matches(name, "id") ? .id : nil
    }

    private mutating func read(_ member: Member) throws {
        switch member {
        case .id: request.id = try cursor.string(cursor.text())
        case .parameters: try readParameters()
        case .inputs: try readInputs()
        case .outputs: try readOutputs()
        }
    }

    private mutating func checkEnd() throws {
        cursor.skipSpace()
        guard cursor.position == cursor.bytes.count else {
            throw cursor.fault("the end (binary tensors need the header Inference-Header-Content-Length)")
        }
        guard !request.inputs.isEmpty else { throw refusal("expected 'inputs' with at least one tensor, found none") }
        guard binary.restSizeBytes == 0 else {
            throw refusal("\(binary.restSizeBytes) bytes after the JSON belong to no input; give 'binary_data_size' for each binary input")
        }
    }

    // MARK: Parameters of the request

    private enum Parameter: Int { case binaryOutputs, priority, timeout }

    private mutating func readParameters() throws {
        var members = try cursor.openObject()
        while let name = try cursor.nextName(&members) {
            guard let parameter = parameter(name) else {
                let other = try cursor.admitOther(name, &members)
                request.parameters[other] = try smallValue(other)
                continue
            }
            try cursor.admit(parameter.rawValue, name, &members)
            switch parameter {
            case .binaryOutputs: request.wantsBinaryOutputs = try cursor.boolean()
            case .priority: request.priority = try positive().map(UInt64.init)
            case .timeout: request.timeout = try positive().map(Duration.microseconds)
            }
        }
    }

    private func parameter(_ name: JSONText) -> Parameter? {
        if cursor.matches(name, "binary_data_output") { return .binaryOutputs }
        if cursor.matches(name, "priority") { return .priority }
        return cursor.matches(name, "timeout") ? .timeout : nil
    }

    /// A count; 0 stands for none.
    private mutating func positive() throws -> Int? {
        let start = cursor.position
        let count: Int = try cursor.integer()
        guard count >= 0 else { throw JSONFault(position: start, expected: "an integer of 0 or more") }
        return count == 0 ? nil : count
    }

    private mutating func smallValue(_ name: String) throws -> JSONValue {
        let start = cursor.position
        try cursor.skipValue()
        guard cursor.position - start <= limits.parameterSizeMaxBytes else {
            throw JSONFault(position: start, expected: "a parameter of at most \(limits.parameterSizeMaxBytes) bytes")
        }
        return try JSONValue(parsing: [UInt8](cursor.bytes[start..<cursor.position]), as: "parameter '\(name.prefix(60))'")
    }

    // MARK: Inputs

    private mutating func readInputs() throws {
        try cursor.openArray()
        var isFirst = true
        while try cursor.nextElement(isFirst: &isFirst) {
            guard request.inputs.count < limits.inputCountMax else { throw cursor.fault("at most \(limits.inputCountMax) inputs") }
            place = .input
            input = InputReader(limits: limits)
            try input.read(from: &cursor)
            request.inputs.append(try input.tensor(cursor, &binary, index: request.inputs.count))
            place = .request
        }
        if let name = Self.repeated(request.inputs.map(\.name)) { throw refusal("expected each input once, found '\(name)' twice") }
    }

    private static func repeated(_ names: [String]) -> String? {
        guard names.count > 1 else { return nil }
        var seen: Set<String> = []
        return names.first { !seen.insert($0).inserted }
    }

    // MARK: Outputs

    private enum OutputMember: Int { case name, parameters }

    private mutating func readOutputs() throws {
        try cursor.openArray()
        var isFirst = true
        while try cursor.nextElement(isFirst: &isFirst) {
            guard request.outputs.count < limits.outputCountMax else { throw cursor.fault("at most \(limits.outputCountMax) outputs") }
            place = .output
            try readOutput()
            request.outputs.append(output)
            place = .request
        }
        if let name = Self.repeated(request.outputs.map(\.name)) { throw refusal("expected each output once, found '\(name)' twice") }
    }

    private mutating func readOutput() throws {
        output = RequestedOutput("")
        var members = try cursor.openObject()
        while let name = try cursor.nextName(&members) {
            if cursor.matches(name, "name") {
                try cursor.admit(OutputMember.name.rawValue, name, &members)
                output.name = try cursor.string(cursor.text())
            } else if cursor.matches(name, "parameters") {
                try cursor.admit(OutputMember.parameters.rawValue, name, &members)
                if !cursor.takeNull() { try readOutputParameters() }
            } else {
                _ = try cursor.admitOther(name, &members)
                try cursor.skipValue()
            }
        }
        guard !output.name.isEmpty else { throw refusal("expected a 'name', found none") }
    }

    private enum OutputParameter: Int { case binaryData, classification }

    private mutating func readOutputParameters() throws {
        var members = try cursor.openObject()
        while let name = try cursor.nextName(&members) {
            if cursor.matches(name, "binary_data") {
                try cursor.admit(OutputParameter.binaryData.rawValue, name, &members)
                output.isBinary = try cursor.boolean()
            } else if cursor.matches(name, "classification") {
                try cursor.admit(OutputParameter.classification.rawValue, name, &members)
                output.classCount = try positive()
            } else {
                guard !cursor.matches(name, "shared_memory_region") else { throw InputReader.sharedMemoryFault(name) }
                _ = try cursor.admitOther(name, &members)
                try cursor.skipValue()
            }
        }
    }
}
