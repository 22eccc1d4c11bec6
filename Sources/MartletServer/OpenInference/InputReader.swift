import MartletCore

/// Reads one input of a request. Its members come in any order; data that comes before shape and datatype is looked at again.
struct InputReader {
    private let limits: InferRequestDecoder.Limits
    /// The tensor's name, once it is known.
    private(set) var name: String?
    private var datatype: TensorDatatype?
    private var shape: [Int]?
    private var elements: TensorElements?
    /// Where data begins that could not be read yet.
    private var dataStart: JSONCursor?
    private var binarySizeBytes: Int?

    init(limits: InferRequestDecoder.Limits) { self.limits = limits }

    private enum Member: Int { case name, datatype, shape, data, parameters }

    /// What is wrong with a tensor in shared memory.
    static func sharedMemoryFault(_ name: JSONText) -> JSONFault {
        JSONFault(position: name.start, expected: "a tensor in the body, since those in shared memory are not taken")
    }

    /// Passes the input's object.
    mutating func read(from cursor: inout JSONCursor) throws {
        var members = try cursor.openObject()
        while let text = try cursor.nextName(&members) {
            guard let member = member(text, cursor) else {
                _ = try cursor.admitOther(text, &members)
                try cursor.skipValue()
                continue
            }
            try cursor.admit(member.rawValue, text, &members)
            switch member {
            case .name: name = try cursor.string(cursor.text())
            case .datatype: datatype = try readDatatype(from: &cursor)
            case .shape: shape = try readShape(from: &cursor)
            case .data: if !cursor.takeNull() { try readData(from: &cursor) }
            case .parameters: if !cursor.takeNull() { try readParameters(from: &cursor) }
            }
        }
    }

    private func member(_ text: JSONText, _ cursor: JSONCursor) -> Member? {
        if cursor.matches(text, "name") { return .name }
        if cursor.matches(text, "shape") { return .shape }
        if cursor.matches(text, "datatype") { return .datatype }
        if cursor.matches(text, "data") { return .data }
        return cursor.matches(text, "parameters") ? .parameters : nil
    }

    /// The tensor, from what was read and the binary tensors. `index` names an input that has no name.
    func tensor(_ cursor: JSONCursor, _ binary: inout BinaryTensorReader, index: Int) throws -> Tensor {
        guard let name, !name.isEmpty else { throw MartletError(.invalidInput, "input \(index): expected a 'name', found none") }
        func refusal(_ reason: String) -> MartletError { MartletError(.invalidInput, "input '\(name.prefix(60))': \(reason)") }
        guard let shape else { throw refusal("expected a 'shape', found none") }
        guard let datatype else { throw refusal("expected a 'datatype', found none") }
        guard let size = binarySizeBytes else {
            if let elements { return Tensor(name: name, shape: shape, elements: elements) }
            guard var earlier = dataStart else { throw refusal("expected 'data', or 'binary_data_size' among its parameters, found neither") }
            return Tensor(name: name, shape: shape, elements: try data(datatype, shape, from: &earlier))
        }
        guard elements == nil, dataStart == nil else { throw refusal("expected either 'data' or 'binary_data_size', found both") }
        let count = try elementCount(shape, cursor)
        guard datatype != .bytes || count <= limits.bytesElementCountMax else {
            throw refusal("expected at most \(limits.bytesElementCountMax) elements of BYTES, found shape \(shape)")
        }
        return Tensor(
            name: name, shape: shape, elements: try binary.elements(datatype, count: count, sizeBytes: size, of: name)
        )
    }

    // MARK: Members

    private func readDatatype(from cursor: inout JSONCursor) throws -> TensorDatatype {
        let text = try cursor.text()
        if cursor.matches(text, "FP32") { return .float32 }
        let name = try cursor.string(text)
        guard let datatype = TensorDatatype(rawValue: name) else {
            let names = TensorDatatype.allCases.map(\.rawValue)
            let hint = nearest(to: String(name.prefix(20)), among: names).map { " (did you mean '\($0)'?)" } ?? ""
            throw JSONFault(position: text.start, expected: "one of \(names.joined(separator: ", "))\(hint)")
        }
        return datatype
    }

    private func readShape(from cursor: inout JSONCursor) throws -> [Int] {
        var shape: [Int] = []
        shape.reserveCapacity(4)
        try cursor.openArray()
        var isFirst = true
        while try cursor.nextElement(isFirst: &isFirst) {
            let start = cursor.position
            let size: Int = try cursor.integer()
            guard size >= 0 else { throw JSONFault(position: start, expected: "a size of 0 or more") }
            guard shape.count < limits.rankMax else { throw JSONFault(position: start, expected: "at most \(limits.rankMax) dimensions") }
            shape.append(size)
        }
        return shape
    }

    private mutating func readData(from cursor: inout JSONCursor) throws {
        guard let datatype, let shape else {
            dataStart = cursor
            return try cursor.skipValue()
        }
        elements = try data(datatype, shape, from: &cursor)
    }

    private func data(_ datatype: TensorDatatype, _ shape: [Int], from cursor: inout JSONCursor) throws -> TensorElements {
        let reader = TensorDataReader(shape: shape, count: try elementCount(shape, cursor))
        return try reader.elements(datatype, from: &cursor, bytesCountMax: limits.bytesElementCountMax)
    }

    private func elementCount(_ shape: [Int], _ cursor: JSONCursor) throws -> Int {
        var count = 1
        for size in shape {
            let (product, overflows) = count.multipliedReportingOverflow(by: size)
            guard !overflows else { throw cursor.fault("a shape whose product is below 2^63 (it is \(shape))") }
            count = product
        }
        return count
    }

    private enum Parameter: Int { case binarySize }

    private mutating func readParameters(from cursor: inout JSONCursor) throws {
        var members = try cursor.openObject()
        while let name = try cursor.nextName(&members) {
            if cursor.matches(name, "binary_data_size") {
                try cursor.admit(Parameter.binarySize.rawValue, name, &members)
                let start = cursor.position
                let size: Int = try cursor.integer()
                guard size >= 0 else { throw JSONFault(position: start, expected: "a size of 0 or more") }
                binarySizeBytes = size
            } else {
                guard !cursor.matches(name, "shared_memory_region") else { throw Self.sharedMemoryFault(name) }
                _ = try cursor.admitOther(name, &members)
                try cursor.skipValue()
            }
        }
    }
}
