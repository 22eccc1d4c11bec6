import MartletCore
import MartletEngines

/// One message to or from a worker: a head of JSON and bytes after it.
///
/// On the wire: a mark of 4 bytes, the head's size in 4, that of the bytes in 8, all with the lowest byte first; then both.
struct PythonFrame: Equatable {
    static let mark: [UInt8] = Array("MRT1".utf8)
    static let prefixSizeBytes = 16
    /// The most bytes of a head: names, shapes, messages.
    static let headMaxBytes = 4 << 20

    var head: JSONValue
    var body: [UInt8] = []

    /// The sizes that a prefix says. - Throws: `PythonFrameFault`.
    static func sizes(_ prefix: [UInt8], bodyMaxBytes: Int) throws(PythonFrameFault) -> (head: Int, body: Int) {
        guard prefix.count == prefixSizeBytes, prefix.starts(with: mark) else { throw PythonFrameFault("no frame") }
        let head = prefix[4..<8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        let body = prefix[8..<16].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        guard head <= UInt64(headMaxBytes), body <= UInt64(bodyMaxBytes) else {
            throw PythonFrameFault("a frame of \(head) and \(body) bytes, where \(headMaxBytes) and \(bodyMaxBytes) are allowed")
        }
        return (Int(head), Int(body))
    }

    /// What is sent.
    var bytes: [UInt8] {
        let text = Array(head.canonicalText.utf8)
        var bytes = Self.mark
        bytes.reserveCapacity(Self.prefixSizeBytes + text.count + body.count)
        for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: text.count >> (8 * shift))) }
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: body.count >> (8 * shift))) }
        return bytes + text + body
    }
}

/// What a worker sent that it should not have.
struct PythonFrameFault: Error, CustomStringConvertible {
    let found: String

    init(_ found: String) { self.found = found }

    var description: String { "expected a frame of the worker's protocol, found \(found)" }
}

// MARK: - Tensors

extension PythonFrame {
    /// The most dimensions of a tensor.
    private static let rankMax = 32

    /// Tensors: each one's name, datatype, shape and size in the head, its elements in the body. Byte strings have their size before them.
    init(_ tensors: [Tensor]) {
        var body: [UInt8] = []
        let entries = tensors.map { tensor -> JSONValue in
            let start = body.count
            if case .bytes(let texts) = tensor.elements {
                for text in texts {
                    for shift in 0..<4 { body.append(UInt8(truncatingIfNeeded: text.count >> (8 * shift))) }
                    body += text
                }
            } else {
                tensor.elements.withUnsafeBytes { body.append(contentsOf: $0) }
            }
            return [
                "name": .string(tensor.name), "datatype": .string(tensor.datatype.rawValue),
                "shape": .array(tensor.shape.map { .integer(Int64($0)) }), "size": .integer(Int64(body.count - start)),
            ]
        }
        self.init(head: ["tensors": .array(entries)], body: body)
    }

    /// The tensors of an answer. - Throws: `PythonFrameFault`.
    func tensors() throws(PythonFrameFault) -> [Tensor] {
        guard let entries = head["tensors"]?.array else { throw PythonFrameFault("an answer without tensors") }
        var (tensors, offset): ([Tensor], Int) = ([], 0)
        for entry in entries {
            guard let size = entry["size"]?.int, size >= 0, size <= body.count - offset else { throw Self.fault(entry, "a wrong size") }
            tensors.append(try Self.tensor(entry, body[offset..<offset + Int(size)]))
            offset += Int(size)
        }
        guard offset == body.count else { throw PythonFrameFault("\(body.count - offset) bytes after the last tensor") }
        return tensors
    }

    private static func tensor(_ entry: JSONValue, _ bytes: ArraySlice<UInt8>) throws(PythonFrameFault) -> Tensor {
        guard let name = entry["name"]?.string, let datatype = entry["datatype"]?.string.flatMap(TensorDatatype.init(rawValue:)),
            let shape = entry["shape"]?.array, shape.count <= rankMax
        else { throw fault(entry, "no name, datatype or shape that is known") }
        var (sizes, count): ([Int], Int) = ([], 1)
        for size in shape {
            guard let size = size.int, size >= 0, size <= Int64(Int32.max) else { throw fault(entry, "a wrong shape") }
            let (product, isOver) = count.multipliedReportingOverflow(by: Int(size))
            guard !isOver else { throw fault(entry, "a shape that is too large") }
            sizes.append(Int(size))
            count = product
        }
        guard let elements = elements(datatype, bytes, count: count) else { throw fault(entry, "elements that do not fill its shape") }
        return Tensor(name: name, shape: sizes, elements: elements)
    }

    private static func elements(_ datatype: TensorDatatype, _ bytes: ArraySlice<UInt8>, count: Int) -> TensorElements? {
        guard let width = datatype.sizeBytes else { return texts(bytes, count: count).map(TensorElements.bytes) }
        guard bytes.count % width == 0, bytes.count / width == count else { return nil }
        return bytes.withUnsafeBytes { TensorElements(datatype, copying: $0) }
    }

    private static func texts(_ bytes: ArraySlice<UInt8>, count: Int) -> [[UInt8]]? {
        // Each has at least its size.
        guard count <= bytes.count / 4 else { return nil }
        var (texts, rest): ([[UInt8]], ArraySlice<UInt8>) = ([], bytes)
        texts.reserveCapacity(count)
        for _ in 0..<count {
            guard rest.count >= 4 else { return nil }
            let size = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard size <= rest.count else { return nil }
            texts.append(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return rest.isEmpty ? texts : nil
    }

    private static func fault(_ entry: JSONValue, _ found: String) -> PythonFrameFault {
        PythonFrameFault("tensor '\((entry["name"]?.string ?? "").prefix(60))' with \(found)")
    }
}
