import MartletCore

/// Reads one body: finds the format that it is in and has its rows or tensors read into what the model takes.
struct InvocationReader {
    private var cursor: JSONCursor
    private let signature: TensorSignature

    init(_ body: UnsafeRawBufferPointer, _ signature: TensorSignature) {
        cursor = JSONCursor(body)
        self.signature = signature
    }

    mutating func readCSV() throws -> [Tensor] { try rows(.csv, areNamed: true) }

    // MARK: JSON

    private enum Member: Int { case split, records, instances, inputs, parameters }

    mutating func readJSON() throws -> [Tensor] {
        do {
            return try readObject()
        } catch let fault as JSONFault {
            throw fault.error(in: cursor.bytes, of: "the request")
        }
    }

    private mutating func readObject() throws -> [Tensor] {
        cursor.skipSpace()
        var members = try cursor.openObject()
        var found: (member: Member, tensors: [Tensor])?
        while let name = try cursor.nextName(&members) {
            guard let member = member(name) else {
                _ = try cursor.admitOther(name, &members)
                try cursor.skipValue()
                continue
            }
            try cursor.admit(member.rawValue, name, &members)
            guard member != .parameters else {
                try skipParameters()
                continue
            }
            guard found == nil else { throw JSONFault(position: name.start, expected: "only one of \(Self.formats)") }
            found = (member, try tensors(member))
        }
        cursor.skipSpace()
        guard cursor.position == cursor.bytes.count else { throw cursor.fault("the end") }
        guard let found else { throw MartletError(.invalidInput, "expected a JSON object with exactly one of \(Self.formats), found none") }
        return found.tensors
    }

    private static let formats = "dataframe_split, dataframe_records, instances, inputs"

    private func member(_ name: JSONText) -> Member? {
        if cursor.matches(name, "dataframe_split") { return .split }
        if cursor.matches(name, "dataframe_records") { return .records }
        if cursor.matches(name, "instances") { return .instances }
        if cursor.matches(name, "inputs") { return .inputs }
        return cursor.matches(name, "params") ? .parameters : nil
    }

    private mutating func skipParameters() throws {
        guard !cursor.takeNull() else { return }
        guard cursor.peek == UInt8(ascii: "{") else { throw cursor.fault("'params' to be an object") }
        try cursor.skipValue()
    }

    private mutating func tensors(_ member: Member) throws -> [Tensor] {
        switch member {
        case .split: return try rows(.split, areNamed: false)
        case .records: return try rows(.records, areNamed: true)
        case .inputs where cursor.peek == UInt8(ascii: "{"): return try NamedInputsReader(signature).read(from: &cursor)
        case .instances, .inputs, .parameters:
            let name: StaticString = member == .inputs ? "inputs" : "instances"
            return holdsRecords ? try rows(.recordList(name), areNamed: true) : try rows(.list(name), areNamed: false)
        }
    }

    /// Whether the list that is next begins with an object.
    private var holdsRecords: Bool {
        var ahead = cursor
        guard ahead.take(UInt8(ascii: "[")) else { return false }
        ahead.skipSpace()
        return ahead.peek == UInt8(ascii: "{")
    }

    // MARK: Rows

    /// - Parameter areNamed: whether columns are found by their names alone.
    private mutating func rows(_ format: RowFormat, areNamed: Bool) throws -> [Tensor] {
        let matrix = MatrixInput(signature)
        guard let matrix, !areNamed || matrix.names != nil || format == .csv else {
            return try rows(format, into: NamedColumns(signature))
        }
        if matrix.isDouble { return try rows(format, into: FeatureMatrix<Double>(matrix)) }
        return try rows(format, into: FeatureMatrix<Float>(matrix))
    }

    private mutating func rows(_ format: RowFormat, into sink: some RowSink) throws -> [Tensor] {
        var reader = RowReader(sink, format)
        try reader.read(from: &cursor)
        guard reader.sink.rowCount > 0 else { throw MartletError(.invalidInput, "\(format): expected at least one row, found none") }
        return try reader.sink.tensors()
    }
}
