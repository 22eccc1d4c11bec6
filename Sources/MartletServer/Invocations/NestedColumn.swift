import MartletCore

/// The elements of one tensor while its nested lists are read.
protocol TensorColumn {
    /// The shape that every value has so far.
    var cellShape: [Int] { get }
    var elements: TensorElements { get }
    /// Passes a value, or nested lists of the same shape as before.
    mutating func append(from cursor: inout JSONCursor) throws
    /// Takes a value of CSV.
    mutating func append(_ field: CSVField) throws
}

extension TensorColumn {
    /// The tensor; a last dimension of 1 may be left out in a request.
    func tensor(shape: [Int], for input: TensorSignature.Entry) -> Tensor {
        let isShort = shape.count + 1 == input.shape.count && input.shape.last == 1
        return Tensor(name: input.name, shape: isShort ? shape + [1] : shape, elements: elements)
    }
}

/// Reads nested lists whose shape shows as they come.
struct NestedColumn<Element>: TensorColumn {
    private var values: [Element] = []
    private(set) var cellShape: [Int] = []
    /// How deep values stand; `nil` before the first one.
    private var rank: Int?
    private let countMax: Int
    private let one: (inout JSONCursor) throws -> Element
    private let field: (CSVField) throws -> Element
    private let wrap: ([Element]) -> TensorElements

    init(
        countMax: Int = InvocationRequest.cellCountMax, _ wrap: @escaping ([Element]) -> TensorElements,
        one: @escaping (inout JSONCursor) throws -> Element, field: @escaping (CSVField) throws -> Element
    ) {
        self.countMax = countMax
        self.wrap = wrap
        self.one = one
        self.field = field
    }

    var elements: TensorElements { wrap(values) }

    mutating func append(_ field: CSVField) throws {
        guard values.count < countMax else { throw CSVFault("at most \(countMax) values in a request") }
        values.append(try self.field(field))
    }

    mutating func append(from cursor: inout JSONCursor) throws { try read(0, from: &cursor) }

    private mutating func read(_ depth: Int, from cursor: inout JSONCursor) throws {
        guard cursor.peek == UInt8(ascii: "[") else { return try readValue(depth, from: &cursor) }
        guard rank.map({ depth < $0 }) ?? true else { throw cursor.fault("a value, no list, like those before") }
        if depth == cellShape.count { cellShape.append(-1) }
        let start = cursor.position
        try cursor.openArray()
        var size = 0
        var isFirst = true
        while try cursor.nextElement(isFirst: &isFirst) {
            try read(depth + 1, from: &cursor)
            size += 1
        }
        guard cellShape[depth] == -1 || cellShape[depth] == size else {
            throw JSONFault(position: start, expected: "a list of \(cellShape[depth]), like those before, not of \(size)")
        }
        cellShape[depth] = size
    }

    private mutating func readValue(_ depth: Int, from cursor: inout JSONCursor) throws {
        guard depth == rank ?? max(depth, cellShape.count) else { throw cursor.fault("a list like those before") }
        guard values.count < countMax else { throw cursor.fault("at most \(countMax) values in a request") }
        rank = depth
        values.append(try one(&cursor))
    }
}

/// The columns by datatype.
enum NestedColumns {
    static func column(_ datatype: TensorDatatype) -> any TensorColumn {
        switch datatype {
        case .bool: numbers(TensorElements.bool) { try $0.truth() }
        case .uint8: integers(TensorElements.uint8)
        case .uint16: integers(TensorElements.uint16)
        case .uint32: integers(TensorElements.uint32)
        case .uint64: integers(TensorElements.uint64)
        case .int8: integers(TensorElements.int8)
        case .int16: integers(TensorElements.int16)
        case .int32: integers(TensorElements.int32)
        case .int64: integers(TensorElements.int64)
        case .float16: numbers(TensorElements.float16) { try $0.bits(.float16) }
        case .bfloat16: numbers(TensorElements.bfloat16) { try $0.bits(.bfloat16) }
        case .float32: floats(TensorElements.float32)
        case .float64: floats(TensorElements.float64)
        case .bytes:
            NestedColumn(countMax: InvocationRequest.textCountMax, TensorElements.bytes) {
                try $0.utf8($0.text())
            } field: {
                try $0.utf8()
            }
        }
    }

    private static func numbers<Number>(
        _ wrap: @escaping ([Number]) -> TensorElements, _ one: @escaping (inout JSONCursor) throws -> Number
    ) -> NestedColumn<Number> {
        NestedColumn(wrap, one: one) { try $0.number(one) }
    }

    private static func integers<Integer: FixedWidthInteger>(_ wrap: @escaping ([Integer]) -> TensorElements) -> NestedColumn<Integer> {
        numbers(wrap) { cursor in
            if let truth = try cursor.takeTruth() { return truth ? 1 : 0 }
            return try cursor.integer()
        }
    }

    private static func floats<Number: FeatureNumber>(_ wrap: @escaping ([Number]) -> TensorElements) -> NestedColumn<Number> {
        NestedColumn(wrap) {
            try Number.cell(&$0)
        } field: {
            try $0.floatingPoint(Number.self)
        }
    }
}

extension JSONCursor {
    /// Passes `true` or 1, `false` or 0.
    fileprivate mutating func truth() throws -> Bool {
        if let truth = try takeTruth() { return truth }
        let start = position
        let digit: UInt8 = try integer()
        guard digit <= 1 else { throw JSONFault(position: start, expected: "true, false, 1 or 0") }
        return digit == 1
    }
}
